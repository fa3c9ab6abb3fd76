#include "connectors/hms_thrift/channel_transport.h"

namespace metaferry {

uint32_t ChannelTransport::read(uint8_t* buffer, uint32_t length) {
  auto got = channel_->ReadAny({reinterpret_cast<char*>(buffer), length});
  if (!got) throw TransportFailure(std::move(got).error());
  return static_cast<uint32_t>(*got);
}

void ChannelTransport::write(const uint8_t* buffer, uint32_t length) {
  Status written = channel_->Write({reinterpret_cast<const char*>(buffer), length});
  if (!written) throw TransportFailure(std::move(written).error());
}

}  // namespace metaferry
