#include "decision_row.hpp"

#include <fmt/format.h>

#include <tuple>

#include "schema.hpp"
#include "xppkg/error.hpp"
#include "xppkg/version.hpp"

namespace xppkg::site {
namespace {

constexpr std::size_t kMaxTree = 64;
constexpr std::size_t kMaxTime = 32;
constexpr std::size_t kMaxPolicy = 16;

}  // namespace

std::string decision_columns(const Backend& backend, std::uint64_t schema) {
  std::string columns = backend.number("d.counter");
  const auto add = [&](const std::string& column) { columns += ", " + column; };
  add(backend.text("d.version", kMaxName));
  add(backend.text("d.tree", kMaxTree));
  add(backend.text("d.decided_at", kMaxTime));
  for (const char* column : {"d.decided_by", "d.workstation", "d.previous"}) {
    add(backend.text(column, kMaxName));
  }
  add(schema < kSchemaWithPolicy ? "'required'" : backend.text("d.policy", kMaxPolicy));
  const bool is_old = schema < kSchemaWithPayload;
  add(is_old ? "''" : backend.text("d.note", kMaxNote));
  add(is_old ? "'0'" : backend.number("d.held"));
  add(is_old ? "''" : backend.text("d.signature", kMaxSignature));
  return columns;
}

std::string newest_counter(const Backend& backend) {
  return fmt::format(
      "(SELECT max(n.counter) FROM xppkg_decision n"
      " WHERE n.package = ? AND n.counter >= 1 AND {1} IS NOT NULL AND n.counter < coalesce("
      "(SELECT min(g.counter) FROM xppkg_decision g WHERE g.package = ? AND g.counter > {0}"
      " AND NOT EXISTS (SELECT 1 FROM xppkg_decision b WHERE b.package = g.package"
      " AND b.counter >= g.counter - {0} AND b.counter < g.counter)), {2}))",
      kMaxStep, backend.number("n.counter"), kMaxCounter + 1);
}

Decision read_decision(Fields& fields, const std::string& package) {
  Decision decision;
  decision.package = package;
  decision.counter = fields.counter("counter");
  if (decision.counter == 0) refuse_row("counter", "is none");
  decision.version = fields.parsed("version", [](const std::string& text) {
    Version::parse(text);
    return text;
  });
  decision.tree = fields.parsed("tree", Blake2b::from_hex);
  decision.at = fields.parsed("decided_at", trust::parse_time);
  decision.who = storable(fields.text("decided_by"), kMaxName);
  decision.workstation = storable(fields.text("workstation"), kMaxName);
  decision.previous = storable(fields.text("previous"), kMaxName);
  const auto policy = policy_of(fields.text("policy"));
  if (!policy) refuse_row("policy", "is none");
  decision.policy = *policy;
  decision.note = storable(fields.text("note"), kMaxNote);
  decision.held = fields.flag("held");
  decision.signature = storable(fields.text("signature"), kMaxSignature);
  return decision;
}

bool is_same_row(const Decision& row, const Decision& written) {
  const auto key = [](const Decision& decision) {
    return std::tuple(decision.counter, decision.version, decision.tree, decision.at,
                      storable(decision.who, kMaxName), storable(decision.workstation, kMaxName),
                      storable(decision.previous, kMaxName), decision.policy,
                      storable(decision.note, kMaxNote), decision.held,
                      storable(decision.signature, kMaxSignature));
  };
  return key(row) == key(written);
}

void check_counter(std::uint64_t counter) {
  if (counter <= kMaxCounter) return;
  throw Error(Code::limit_exceeded,
              {{"counter", std::to_string(counter)}, {"limit", std::to_string(kMaxCounter)}});
}

Statement insert_decision(const Decision& decision) {
  return {
      "INSERT INTO xppkg_decision (package, counter, version, tree, decided_at, decided_by,"
      " workstation, previous, policy, note, held, signature)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {decision.package, static_cast<std::int64_t>(decision.counter), decision.version,
       decision.tree.hex(), trust::format_time(decision.at), storable(decision.who, kMaxName),
       storable(decision.workstation, kMaxName), storable(decision.previous, kMaxName),
       std::string(id(decision.policy)), storable(decision.note, kMaxNote),
       std::int64_t{decision.held ? 1 : 0}, storable(decision.signature, kMaxSignature)}};
}

}  // namespace xppkg::site
