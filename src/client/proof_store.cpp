#include "proof_store.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "fs/files.hpp"

namespace xppkg::client {
namespace {

constexpr const char* kType = "xppkg-proof";
// Three files as text, where each character may be escaped.
constexpr std::uint64_t kMaxBytes = 4 * trust::Limits::targets;

trust::ProofFiles read_proof(ByteView bytes) {
  const Json json = parse_strict(bytes, Code::corrupt_state);
  const Fields fields(json, "proof", Code::corrupt_state);
  if (fields.text("_type") != kType || fields.text("format") != "1.0") {
    fields.fail("not a proof of this version");
  }
  return {to_bytes(fields.text("root")), to_bytes(fields.text("targets")),
          to_bytes(fields.text("package"))};
}

}  // namespace

ProofStore::ProofStore(fs::FileSystem& disk, const install::Layout& layout)
    : disk_(disk), folder_(layout.proof()) {}

fs::Path ProofStore::place(const Blake2b& tree) const {
  return folder_ / (tree.hex() + ".json");
}

void ProofStore::save(const Blake2b& tree, const trust::ProofFiles& files) {
  fs::make_directories(disk_, folder_);
  // As texts: a signature is over bytes, and each file stays as it came.
  const Json json{{"_type", kType},
                  {"format", "1.0"},
                  {"root", as_text(files.root)},
                  {"targets", as_text(files.targets)},
                  {"package", as_text(files.package)}};
  fs::write_file_atomically(disk_, place(tree), as_bytes(json.dump() + "\n"));
}

std::optional<trust::ProofFiles> ProofStore::load(const Blake2b& tree) const {
  try {
    const auto bytes = fs::read_file_if_there(disk_, place(tree), kMaxBytes);
    if (!bytes) return std::nullopt;
    return read_proof(*bytes);
  } catch (const Error&) {
    return std::nullopt;
  }
}

void ProofStore::keep_only(const std::vector<Blake2b>& trees) {
  for (const fs::Path& name : disk_.list(folder_)) {
    const bool is_kept = std::ranges::any_of(
        trees, [&](const Blake2b& tree) { return folder_ / name == place(tree); });
    if (!is_kept) fs::remove_file_if_there(disk_, folder_ / name);
  }
}

}  // namespace xppkg::client
