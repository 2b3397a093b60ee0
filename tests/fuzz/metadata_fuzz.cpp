// Any bytes as a file of signed metadata, read by all four roles: only documented errors, and what
// is read can be written and read again.

#include "documented.hpp"

#include <nlohmann/json.hpp>
#include "trust/metadata.hpp"

namespace {

using namespace xppkg;
using namespace xppkg::trust;

template <typename Read, typename Write>
void round_trip(const Json& json, const Read& read, const Write& write) {
  fuzz::documented({Code::trust_malformed, Code::unsupported_format}, [&] {
    const Json written = write(read(json));
    fuzz::require(write(read(written)) == written);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::documented({Code::trust_malformed}, [&] {
    const Envelope envelope({data, size});
    const Json& json = envelope.value();
    round_trip(
        json, [](const Json& value) { return read_root(value, Schemes::all()); }, write_root);
    round_trip(json, read_timestamp, write_timestamp);
    round_trip(json, read_snapshot, write_snapshot);
    round_trip(
        json, [](const Json& value) { return read_targets(value, Schemes::all()); }, write_targets);
  });
  return 0;
}
