#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "xppkg/error.hpp"

namespace xppkg::site {

/// A value bound to a "?" of a statement: never part of its text. A view has to outlive the call.
using Value = std::variant<std::int64_t, std::string, ByteView>;

/// One SQL statement. Values are bound to its "?" in order.
struct Statement {
  std::string sql;
  std::vector<Value> values = {};
  std::size_t columns = 0;  ///< that it returns
};

/// The columns of a row as text or bytes; empty: NULL.
using Row = std::vector<std::optional<std::string>>;

/// A failure caused by a database or a row in it. Translated to an Error at this room's edge.
class Failure : public std::exception {
 public:
  enum class Kind {
    unreachable,    ///< nobody answered, or what answered is no longer there
    lost,           ///< the connection: on a new one it may work
    conflict,       ///< with another transaction: once more it may work
    rights,         ///< the user may not do this
    missing_table,  ///< the statement names a table or column that is not there
    login,          ///< user, password or database are refused
    tls,            ///< the connection is not as safe as demanded
    busy,           ///< too much to do
    locked,         ///< by somebody else, for longer than we wait
    full,
    damaged,      ///< also a row that holds nonsense
    read_only,    ///< the whole server
    encoding,     ///< a character cannot be stored
    packet,       ///< a statement is too long
    engine,       ///< of tables
    keys,         ///< of tables
    search_path,  ///< leads to no schema, or not to that of the tables
    session,      ///< settings of the connection are refused
    unfinished,   ///< a file that somebody with the right to write has to open first
    refused,      ///< any other answer of a server
  };

  Failure(Kind kind, std::string cause) : kind_(kind), cause_(std::move(cause)) {}

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const std::string& cause() const { return cause_; }
  [[nodiscard]] const char* what() const noexcept override { return cause_.c_str(); }

 private:
  Kind kind_;
  std::string cause_;
};

/// The code of the Error that callers of this room get. Only a database that did not answer is
/// unreachable.
Code code_of(Failure::Kind kind);

/// Reads the columns of a row in order, and believes nothing of them: throws Failure for NULL and
/// for a value that is not in the wanted form.
class Fields {
 public:
  explicit Fields(const Row& row) : row_(row) {}

  const std::string& text(const char* column);
  /// A whole number from 0 on.
  std::uint64_t number(const char* column);
  bool flag(const char* column);
  /// What `parse` makes of a text; nonsense where it throws Error.
  template <typename Parse>
  auto parsed(const char* column, const Parse& parse);
  /// Of a decision: from 0, which stands for none, to kMaxCounter.
  std::uint64_t counter(const char* column);
  void skip(std::size_t columns) { at_ += columns; }

 private:
  const Row& row_;
  std::size_t at_ = 0;
};

/// Throws Failure for a row that holds nonsense in a column.
[[noreturn]] void refuse_row(const char* column, const char* reason);
/// Throws Failure for tables that no program of ours made.
[[noreturn]] void refuse_tables(const char* reason);

template <typename Parse>
auto Fields::parsed(const char* column, const Parse& parse) {
  const std::string& written = text(column);
  try {
    return parse(written);
  } catch (const Error&) {
    refuse_row(column, "is none");
  }
}

}  // namespace xppkg::site
