#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "xppkg/error.hpp"

namespace xppkg {

/// A JSON value. Objects keep their members sorted by the bytes of their names. Sources that use
/// its members include <nlohmann/json.hpp>; headers of rooms do not, as it takes seconds to
/// compile.
using Json = nlohmann::json;

/// The largest integer that every JSON reader keeps exactly.
inline constexpr std::uint64_t kMaxJsonInteger = (std::uint64_t{1} << 53) - 1;
inline constexpr int kMaxJsonDepth = 32;

/// Reads JSON in the strict form of manifests/FORMAT.md §2: UTF-8, no duplicate names, integers
/// from -(2^53-1) to 2^53-1 only (no fractions, exponents, "-0"), at most 32 levels, nothing after
/// the value. Throws Error{on_error} with the fact "reason".
Json parse_strict(ByteView bytes, Code on_error);

/// Canonical JSON (OLPC form, as TUF signs it): sorted names, no white space, only `"` and `\`
/// escaped. The value must hold integers, not fractions.
std::string canonical(const Json& value);

/// For people and plain files: indented by two, sorted names, a newline at the end.
std::string pretty(const Json& value);

/// Typed access to the members of an object; each failure throws Error{on_error} and names the
/// place. Holds a reference: the value must outlive it.
class Fields {
 public:
  Fields(const Json& value, std::string where, Code on_error);

  [[nodiscard]] bool has(const char* name) const;
  [[nodiscard]] const Json& any(const char* name) const;
  [[nodiscard]] std::string text(const char* name) const;
  [[nodiscard]] std::string text_or(const char* name, std::string fallback) const;
  [[nodiscard]] std::uint64_t number(const char* name) const;
  [[nodiscard]] std::uint64_t number_or(const char* name, std::uint64_t fallback) const;
  [[nodiscard]] bool flag(const char* name) const;
  [[nodiscard]] bool flag_or(const char* name, bool fallback) const;
  /// An array of at most `most` items.
  [[nodiscard]] const Json& array(const char* name, std::size_t most) const;
  [[nodiscard]] const Json& object(const char* name) const;
  [[nodiscard]] Fields fields(const char* name) const;
  [[noreturn]] void fail(const std::string& reason) const;
  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  const Json& object_;
  std::string where_;
  Code on_error_;
};

}  // namespace xppkg
