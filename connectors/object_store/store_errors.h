/// \file
/// What went wrong with an object store, in words of this house.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "connectors/http/http_transport.h"
#include "connectors/object_store/s3_text.h"
#include "metaferry/object_location.h"

namespace metaferry {

/// object_store_denied, _bad_credentials, _no_bucket, _wrong_region, _redirect, _clock_skew, _busy,
/// _bad_answer or, for all else, _failed with the store's own code. REQUIRES: no success.
Error ExplainedAnswer(const HttpAnswer& answer, const ObjectStoreSettings& settings,
                      std::string where);

/// object_store_unreachable, _stalled, _tls, _bad_answer, cannot_read_file or stopped.
Error ExplainedFailure(const HttpFailure& failure, const ObjectStoreSettings& settings,
                       std::string where);

/// The server may be one, but this is nothing an object store says.
Error NotAStore(std::string what, const ObjectStoreSettings& settings, std::string where);

/// True when the same request may end otherwise in a moment.
bool MayPass(const HttpAnswer& answer);
bool MayPass(const HttpFailure& failure);

/// 2xx, and no error in the body: a store may find one when the status has already gone out.
bool Succeeded(const HttpAnswer& answer);

/// The store's time less ours in seconds, or nullopt without a date in its answer.
std::optional<int64_t> ClockDifference(const HttpAnswer& answer);

}  // namespace metaferry
