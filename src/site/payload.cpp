#include "schema.hpp"
#include "sql_site.hpp"

namespace xppkg::site {
namespace {

using Writer = Connection::Writer;

constexpr std::size_t kDigestText = 64;
/// A transaction that removes more would keep others waiting.
constexpr std::size_t kPartsAtOnce = 16;
constexpr trust::Time kDay = 24 * 60 * 60;

std::uint64_t parts_of(std::uint64_t size) {
  return (size + kPartBytes - 1) / kPartBytes;
}

constexpr const char* kOrphan =
    "NOT EXISTS (SELECT 1 FROM xppkg_content c WHERE c.digest = xppkg_part.digest)";

}  // namespace

std::vector<StoredFile> SqlSite::find_files(const std::string& package, std::uint64_t counter,
                                            const std::string* path) {
  return on_connection(Again::yes, [&](Connection& connection) {
    std::vector<StoredFile> found;
    if (!has_payload(connection)) return found;
    Statement statement{"SELECT " + backend_->text("path", kMaxPath) + ", " +
                            backend_->text("digest", kDigestText) + ", " +
                            backend_->number("size") +
                            " FROM xppkg_file WHERE package = ? AND counter = ?",
                        {package, static_cast<std::int64_t>(counter)},
                        3};
    if (path != nullptr) {
      statement.sql += " AND path = ?";
      statement.values.emplace_back(*path);
    }
    statement.sql += " ORDER BY path LIMIT " + std::to_string(kMaxFiles + 1);
    for (const Row& row : connection.run(statement)) {
      Fields fields(row);
      StoredFile& file = found.emplace_back();
      file.path = fields.text("path");
      file.digest = fields.parsed("digest", Sha256::from_hex);
      file.size = fields.number("size");
    }
    if (found.size() > kMaxFiles) refuse_tables("a decision with too many files");
    return found;
  });
}

std::vector<StoredFile> SqlSite::files(const std::string& package, std::uint64_t counter) {
  return find_files(package, counter, nullptr);
}

std::optional<StoredFile> SqlSite::find(const std::string& package, std::uint64_t counter,
                                        const std::string& path) {
  const auto found = find_files(package, counter, &path);
  if (found.empty()) return std::nullopt;
  return found.front();
}

std::uint64_t SqlSite::stored_parts(const Sha256& digest) {
  return on_connection(Again::yes, [&](Connection& connection) {
    if (!has_payload(connection)) return std::uint64_t{0};
    // Pruning is about to remove the parts of a file without a row in xppkg_content. Behind the
    // highest number there is none: adding to it would be an error.
    const Statement statement{
        "SELECT " + backend_->number("min(p.number)") +
            " FROM xppkg_part p JOIN xppkg_content c ON c.digest = p.digest"
            " WHERE p.digest = ? AND p.number >= 0"
            " AND EXISTS (SELECT 1 FROM xppkg_part f WHERE f.digest = p.digest AND f.number = 0)"
            " AND NOT EXISTS (SELECT 1 FROM xppkg_part n"
            " WHERE n.digest = p.digest"
            " AND n.number = CASE WHEN p.number < 9223372036854775807 THEN p.number + 1 END)",
        {digest.hex()},
        1};
    const auto rows = connection.run(statement);
    if (rows.empty() || !rows.front().front()) return std::uint64_t{0};
    return Fields(rows.front()).number("number") + 1;
  });
}

void SqlSite::store_part(const Sha256& digest, std::uint64_t index, ByteView bytes) {
  if (bytes.size() > kPartBytes) {
    throw Error(Code::limit_exceeded, {{"limit", std::to_string(kPartBytes)}});
  }
  on_connection(Again::yes, [&](Connection& connection) {
    SqlTransaction transaction(connection, Writer::among_others);
    prepare_to_write(connection);
    connection.run(
        {"INSERT INTO xppkg_content (digest, size, is_complete, added_at)"
         " VALUES (?, 0, 0, " +
             backend_->now() + ")" + backend_->keep_old("digest"),
         {digest.hex()}});
    connection.run({"INSERT INTO xppkg_part (digest, number, bytes) VALUES (?, ?, ?)" +
                        backend_->keep_old("digest, number"),
                    {digest.hex(), static_cast<std::int64_t>(index), bytes}});
    transaction.commit();
  });
}

/// All parts of a file of `size` bytes are there, each of its size, and no other ones.
bool SqlSite::add_up(Connection& connection, const Sha256& digest, std::uint64_t size) {
  const std::string length = backend_->size("bytes");
  const std::uint64_t count = parts_of(size);
  const std::string last = std::to_string(count - 1);
  const auto rows = connection.run(
      {"SELECT " + backend_->number("count(*)") + ", " +
           backend_->number("coalesce(sum(" + length + "), 0)") + ", " +
           backend_->number("coalesce(sum(CASE WHEN number >= 0 AND (number < " + last + " AND " +
                            length + " = " + std::to_string(kPartBytes) + " OR number = " + last +
                            ") THEN 1 ELSE 0 END), 0)") +
           " FROM xppkg_part WHERE digest = ?",
       {digest.hex()},
       3});
  Fields fields(rows.at(0));
  const std::uint64_t stored = fields.number("count");
  const std::uint64_t bytes = fields.number("size");
  const std::uint64_t right = fields.number("count");
  return stored == count && right == count && bytes == size;
}

bool SqlSite::complete(const Sha256& digest, std::uint64_t size, trust::Time now) {
  const bool is_whole = on_connection(Again::yes, [&](Connection& connection) {
    SqlTransaction transaction(connection, Writer::alone);
    prepare_to_write(connection);
    if (size > 0 && !add_up(connection, digest, size)) {
      forget(connection, digest);
      transaction.commit();
      return false;
    }
    connection.run(
        {"INSERT INTO xppkg_content (digest, size, is_complete, added_at)"
         " VALUES (?, ?, 1, ?)" +
             backend_->replace_old("digest", {"size", "is_complete", "added_at"}),
         {digest.hex(), static_cast<std::int64_t>(size), trust::format_time(now)}});
    transaction.commit();
    return true;
  });
  if (!is_whole) remove_orphans(digest);
  return is_whole;
}

// From now on no reader relies on the parts, and a writer begins with the first part again.
void SqlSite::forget(Connection& connection, const Sha256& digest) {
  connection.run({"DELETE FROM xppkg_content WHERE digest = ?", {digest.hex()}});
}

void SqlSite::remove_orphans(const Sha256& digest) {
  remove_parts("xppkg_part.digest = ? AND " + std::string(kOrphan), {digest.hex()});
}

void SqlSite::discard(const Sha256& digest) {
  on_connection(Again::yes, [&](Connection& connection) {
    SqlTransaction transaction(connection, Writer::alone);
    prepare_to_write(connection);
    forget(connection, digest);
    transaction.commit();
  });
  remove_orphans(digest);
}

Bytes SqlSite::part(const Sha256& digest, std::uint64_t index) {
  return on_connection(Again::yes, [&](Connection& connection) {
    const auto missing = [&]() -> Error {
      return Error(Code::notfound_file,
                   {{"database", backend_->address()}, {"digest", digest.hex()}});
    };
    if (!has_payload(connection)) throw missing();
    const auto rows = connection.run({"SELECT " + backend_->number(backend_->size("bytes")) + ", " +
                                          backend_->bytes("bytes", kPartBytes) +
                                          " FROM xppkg_part WHERE digest = ? AND number = ?",
                                      {digest.hex(), static_cast<std::int64_t>(index)},
                                      2});
    if (rows.empty()) throw missing();
    Fields fields(rows.front());
    const std::uint64_t size = fields.number("size of a part");
    if (size > kPartBytes) {
      throw Error(Code::limit_exceeded,
                  {{"database", backend_->address()}, {"limit", std::to_string(kPartBytes)}});
    }
    return to_bytes(fields.text("bytes"));
  });
}

void SqlSite::remove_parts(const std::string& condition, const std::vector<Value>& values) {
  const Statement some{
      backend_->remove_some("xppkg_part", "digest, number", condition, kPartsAtOnce), values};
  const Statement left{"SELECT '1' FROM xppkg_part WHERE " + condition + " LIMIT 1", values, 1};
  const auto remove = [&](Connection& connection) {
    SqlTransaction transaction(connection, Writer::alone);
    connection.run(some);
    const bool is_done = connection.run(left).empty();
    transaction.commit();
    return is_done;
  };
  while (!on_connection(Again::yes, remove)) {
  }
}

void SqlSite::prune(const std::string& package, std::uint64_t oldest_kept, trust::Time now) {
  on_connection(Again::yes, [&](Connection& connection) {
    SqlTransaction transaction(connection, Writer::alone);
    prepare_to_write(connection);
    connection.run({"DELETE FROM xppkg_file WHERE package = ? AND counter < ?",
                    {package, static_cast<std::int64_t>(oldest_kept)}});
    connection.run(
        {"DELETE FROM xppkg_content WHERE added_at < ? AND NOT EXISTS"
         " (SELECT 1 FROM xppkg_file f WHERE f.digest = xppkg_content.digest)",
         {trust::format_time(now - kDay)}});
    transaction.commit();
  });
  remove_parts(kOrphan, {});
}

}  // namespace xppkg::site
