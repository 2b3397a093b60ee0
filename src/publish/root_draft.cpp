#include "publish/root_draft.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "fs/files.hpp"
#include "last_published.hpp"

namespace xppkg::publish {
namespace {

constexpr std::uint64_t kMaxFile = 4 * trust::Limits::root;
constexpr std::size_t kMaxSignatures = 64;
constexpr const char* kType = "xppkg-root-draft";

trust::Root read_own_root(ByteView bytes) {
  // A root is trusted as a base as clients take the first one: it is signed by its own keys.
  return trust::TrustedSet(bytes, 0).root();
}

std::string signed_part(ByteView root) {
  return canonical(trust::Envelope(root).value());
}

}  // namespace

RootDraft::RootDraft(Bytes base, trust::Root next)
    : base_bytes_(std::move(base)), base_(read_own_root(base_bytes_)), next_(std::move(next)) {
  next_.version = base_.version + 1;
  signed_ = trust::write_root(next_);
}

RootDraft RootDraft::parse(ByteView bytes) {
  const Json json = parse_strict(bytes, Code::usage_invalid);
  const Fields fields(json, "draft of a root", Code::usage_invalid);
  if (fields.text_or("_type", "") != kType || fields.text("format") != "1.0") {
    fields.fail("not a draft of a root of this version");
  }
  RootDraft draft;
  draft.base_bytes_ = xppkg::to_bytes(fields.object("base").dump() + "\n");
  draft.base_ = read_own_root(draft.base_bytes_);
  const Fields next = fields.fields("next");
  draft.signed_ = next.object("signed");
  draft.next_ = trust::read_root(draft.signed_);
  if (draft.next_.version != draft.base_.version + 1) fields.fail("its versions do not follow");
  // A draft holds only what our own writer writes, so that people sign no more than they are shown.
  if (!draft.next_.consistent_snapshot ||
      canonical(draft.signed_) != canonical(trust::write_root(draft.next_))) {
    fields.fail("it says more, or otherwise, than a root of ours does");
  }
  draft.add_signatures(next.array("signatures", kMaxSignatures));
  return draft;
}

void RootDraft::add_signatures(const Json& list) {
  for (const Json& item : list) {
    const Fields one(item, "signature", Code::usage_invalid);
    signatures_[one.text("keyid")] = from_hex(one.text("sig"));
  }
}

Bytes RootDraft::to_bytes() const {
  Json signatures = Json::array();
  for (const auto& [id, signature] : signatures_) {
    signatures.push_back({{"keyid", id}, {"sig", to_hex(signature)}});
  }
  return xppkg::to_bytes(pretty({{"_type", kType},
                                 {"format", "1.0"},
                                 {"base", parse_strict(base_bytes_, Code::trust_malformed)},
                                 {"next", {{"signed", signed_}, {"signatures", signatures}}}}));
}

bool RootDraft::follows(ByteView root) const {
  return signed_part(root) == signed_part(base_bytes_);
}

bool RootDraft::is_rooted_in(ByteView known) const {
  if (follows(known)) return true;
  const trust::Root root = read_own_root(known);
  if (root.version >= base_.version) return false;
  try {
    trust::Envelope(base_bytes_).check(root.roles.at("root"), "root");
    return true;
  } catch (const Error&) {
    return false;
  }
}

bool RootDraft::is(ByteView root) const {
  return signed_part(root) == canonical(signed_);
}

std::vector<std::string> RootDraft::sign(KeyRing& keys) {
  const std::string text = canonical(signed_);
  std::vector<std::string> added;
  for (const trust::Root* root : {&base_, &next_}) {
    for (const trust::Signer* signer : keys.at_hand(root->roles.at("root"))) {
      const std::string& id = signer->public_key().id();
      const auto found = signatures_.find(id);
      const bool is_there = found != signatures_.end() &&
                            signer->public_key().verifies(as_bytes(text), found->second);
      if (is_there) continue;
      signatures_[id] = signer->sign(as_bytes(text));
      added.push_back(id);
    }
  }
  return added;
}

std::uint64_t RootDraft::signatures_of(const trust::Root& root) const {
  const std::string text = canonical(signed_);
  std::uint64_t valid = 0;
  for (const trust::PublicKey& key : root.roles.at("root").keys) {
    const auto found = signatures_.find(key.id());
    if (found != signatures_.end() && key.verifies(as_bytes(text), found->second)) ++valid;
  }
  return valid;
}

bool RootDraft::is_complete() const {
  return signatures_of(base_) >= base_.roles.at("root").threshold &&
         signatures_of(next_) >= next_.roles.at("root").threshold;
}

Bytes RootDraft::root_file() const {
  const std::string text = canonical(signed_);
  Json signatures = Json::array();
  for (const trust::Root* root : {&base_, &next_}) {
    for (const trust::PublicKey& key : root->roles.at("root").keys) {
      const auto found = signatures_.find(key.id());
      if (found == signatures_.end() || !key.verifies(as_bytes(text), found->second)) continue;
      const Json one{{"keyid", key.id()}, {"sig", to_hex(found->second)}};
      if (std::ranges::find(signatures, one) == signatures.end()) signatures.push_back(one);
    }
  }
  Bytes file = xppkg::to_bytes(Json{{"signed", signed_}, {"signatures", signatures}}.dump() + "\n");
  trust::TrustedSet client(base_bytes_, 0);
  client.update_root(file);
  return file;
}

std::optional<Bytes> known_root(fs::FileSystem& disk, const KeyRing& keys) {
  return load_known_root(disk, keys.folder());
}

void know_base(fs::FileSystem& disk, const KeyRing& keys, const RootDraft& draft) {
  save_known_root(disk, keys.folder(), draft.base_bytes());
}

RootDraft read_draft(fs::FileSystem& disk, const fs::Path& file) {
  return RootDraft::parse(fs::read_file(disk, file, kMaxFile));
}

void write_draft(fs::FileSystem& disk, const fs::Path& file, const RootDraft& draft) {
  fs::write_file_atomically(disk, file, draft.to_bytes());
}

}  // namespace xppkg::publish
