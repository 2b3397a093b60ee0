#include "statement.hpp"

#include <charconv>

#include "site/decision.hpp"

namespace xppkg::site {

Code code_of(Failure::Kind kind) {
  using Kind = Failure::Kind;
  switch (kind) {
    case Kind::unreachable:
    case Kind::lost:
      return Code::database_unreachable;
    case Kind::conflict:
    case Kind::busy:
      return Code::database_busy;
    case Kind::rights:
      return Code::database_rights;
    case Kind::login:
      return Code::database_login;
    case Kind::tls:
      return Code::database_tls;
    case Kind::locked:
      return Code::database_locked;
    case Kind::full:
      return Code::database_full;
    case Kind::missing_table:
    case Kind::damaged:
      return Code::database_damaged;
    case Kind::read_only:
      return Code::database_read_only;
    case Kind::encoding:
      return Code::database_encoding;
    case Kind::packet:
      return Code::database_packet;
    case Kind::engine:
      return Code::database_engine;
    case Kind::keys:
      return Code::database_keys;
    case Kind::search_path:
      return Code::database_search_path;
    case Kind::session:
      return Code::database_session;
    case Kind::unfinished:
      return Code::database_unfinished;
    case Kind::refused:
      break;
  }
  return Code::database_refused;
}

void refuse_row(const char* column, const char* reason) {
  throw Failure(Failure::Kind::damaged,
                std::string("a row holds nonsense: ") + column + " " + reason);
}

void refuse_tables(const char* reason) {
  throw Failure(Failure::Kind::damaged, reason);
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
