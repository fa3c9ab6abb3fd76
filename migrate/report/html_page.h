/// \file
/// The parts of the HTML report that are known when a run has ended, as markup: all but the list of
/// single changes. Every text of the metadata in it is escaped.
#pragma once

#include <string>

#include "migrate/report/run_facts.h"

namespace metaferry::html_page {

/// What happened, to what, and what to do next.
std::string Header(const RunFacts& facts);
/// Links to the sections there are.
std::string Navigation(const RunFacts& facts);
std::string BooksSection(const RunFacts& facts);
/// Each of these is empty when there is nothing to tell.
std::string RenamesSection(const RunFacts& facts);
std::string LocationsSection(const RunFacts& facts);
std::string OwnersSection(const RunFacts& facts);
std::string RefusedSection(const RunFacts& facts);
std::string FindingsSection(const RunFacts& facts);
std::string WarningsSection(const RunFacts& facts);
std::string TimesSection(const RunFacts& facts);
std::string JobSection(const RunFacts& facts);
std::string Footer(const RunFacts& facts);

}  // namespace metaferry::html_page
