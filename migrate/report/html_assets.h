/// \file
/// The files of migrate/report/html/, embedded at build time (cmake/EmbedFiles.cmake).
#pragma once

#include <string_view>

namespace metaferry {

extern const std::string_view kReportCss;
extern const std::string_view kReportJs;
extern const std::string_view kReportChanges;  ///< the frame of the list that report.js fills

}  // namespace metaferry
