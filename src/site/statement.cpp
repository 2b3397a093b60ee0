#include "statement.hpp"

#include <charconv>

#include "site/decision.hpp"

namespace xppkg::site {

void refuse_row(const char* column, const char* reason) {
  throw Failure(Failure::Kind::other,
                std::string("a row holds nonsense: ") + column + " " + reason);
}

void refuse_tables(const char* reason) {
  throw Failure(Failure::Kind::other, reason);
}

const std::string& Fields::text(const char* column) {
  const auto& field = row_.at(at_++);
  if (!field) {
    refuse_row(column, "is missing, too long or of the wrong type");
  }
  return *field;
}

std::uint64_t Fields::number(const char* column) {
  const std::string& digits = text(column);
  std::uint64_t value = 0;
  const auto end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end) {
    refuse_row(column, "is not a number from 0 on");
  }
  return value;
}

bool Fields::flag(const char* column) {
  const std::uint64_t value = number(column);
  if (value > 1) refuse_row(column, "is neither 0 nor 1");
  return value == 1;
}

std::uint64_t Fields::counter(const char* column) {
  const std::uint64_t value = number(column);
  if (value > kMaxCounter) refuse_row(column, "is none");
  return value;
}

}  // namespace xppkg::site
