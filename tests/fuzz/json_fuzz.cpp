// Any bytes as strict JSON: what is read has one canonical form, which is read as the same value.

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "documented.hpp"

namespace {

using namespace xppkg;

/// The canonical form leaves control characters in texts as they are, which JSON does not take.
std::string with_controls_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Json value;
  if (!fuzz::documented({Code::trust_malformed}, [&] {
        value = parse_strict({data, size}, Code::trust_malformed);
      })) {
    return 0;
  }
  const std::string text = canonical(value);
  const Json again = parse_strict(as_bytes(with_controls_escaped(text)), Code::trust_malformed);
  fuzz::require(again == value);
  fuzz::require(canonical(again) == text);
  fuzz::require(parse_strict(as_bytes(pretty(value)), Code::trust_malformed) == value);
  return 0;
}
