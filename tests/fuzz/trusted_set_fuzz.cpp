// A sound repository where one signer writes what he likes: the input is an object with a merge
// patch (RFC 7386) for each role's signed value. A client that trusts the first root gets to the
// end or to a documented error, and never there if a stranger signed the role.

#include <array>
#include <nlohmann/json.hpp>

#include "documented.hpp"
#include "repository.hpp"

namespace {

using namespace xppkg;
using namespace xppkg::trust;

constexpr std::initializer_list<Code> kRefusals{
    Code::trust_malformed, Code::trust_signature, Code::trust_expired,      Code::trust_rollback,
    Code::trust_hash,      Code::trust_key,       Code::unsupported_format, Code::notfound_package};

struct World {
  test::Repository repository;
  Bytes first_root = repository.publish().root;
  World() { repository.root.version = 2; }
};

/// The whole walk of a client; the same target that the sound repository has is asked for.
void walk(const World& world, const test::Metadata& metadata) {
  TrustedSet set(world.first_root, test::kNow);
  set.update_root(metadata.root);
  set.end_of_roots();
  set.update_timestamp(metadata.timestamp);
  set.update_snapshot(metadata.snapshot, TrustedSet::Origin::remote);
  set.update_targets(metadata.targets);
  set.update_delegated("app", metadata.package);
  const ByteView contents = as_bytes(test::Repository::kContents);
  fuzz::documented({Code::trust_hash, Code::trust_malformed}, [&] {
    const VerifiedBytes bytes = set.verify_target("app", test::Repository::kPath, contents);
    fuzz::require(bytes.bytes().size() == contents.size());
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  // Unchanged metadata is trusted; otherwise the rest would prove nothing.
  static const bool is_sound =
      fuzz::documented({}, [] { walk(world, world.repository.publish()); });
  fuzz::require(is_sound);
  Json patches;
  if (!fuzz::documented({Code::trust_malformed}, [&] {
        patches = parse_strict({data, size}, Code::trust_malformed);
      })) {
    return 0;
  }
  world.repository.edits.clear();
  for (const char* role : {"root", "timestamp", "snapshot", "targets", "app"}) {
    if (!patches.is_object() || !patches.contains(role)) continue;
    const Json& patch = patches.at(role);
    world.repository.edits[role] = [&patch](Json& value) { value.merge_patch(patch); };
  }
  fuzz::documented(kRefusals, [&] { walk(world, world.repository.publish()); });
  const char* role = std::array{"root", "timestamp", "snapshot", "targets", "app"}[size % 5];
  world.repository.signers = {{role, {&world.repository.stranger}}};
  const test::Metadata strange = world.repository.publish();
  world.repository.signers.clear();
  fuzz::require(!fuzz::documented(kRefusals, [&] { walk(world, strange); }));
  return 0;
}
