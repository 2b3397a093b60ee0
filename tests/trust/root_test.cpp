#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "repository.hpp"

namespace xppkg::test {
namespace {

/// Two roots: the second one passes the root role from the first one's key to another.
struct Fixture {
  Fixture() {
    first = repository.publish().root;
    repository.root.version = 2;
    repository.root.roles["root"] = repository.only(next_key);
  }
  /// The second root signed by these keys, offered to a client that trusts the first.
  std::string offer(const Signers& signers) {
    repository.signers["root"] = signers;
    trust::TrustedSet set(first, kNow);
    const std::string error = error_of([&] { set.update_root(repository.publish().root); });
    BOOST_TEST(set.root().version == (error.empty() ? repository.root.version : 1u));
    return error;
  }

  Repository repository;
  trust::SecretKey next_key = trust::SecretKey::generate();
  Bytes first;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(root, Fixture)

BOOST_AUTO_TEST_CASE(next_root_signed_by_old_and_new_keys_is_taken) {
  BOOST_TEST(offer({&repository.root_key, &next_key}) == "");
}

BOOST_AUTO_TEST_CASE(root_signed_only_by_new_keys_is_refused) {
  BOOST_TEST(offer({&next_key}) == "trust.signature");
}

BOOST_AUTO_TEST_CASE(root_signed_only_by_old_keys_is_refused) {
  BOOST_TEST(offer({&repository.root_key}) == "trust.signature");
}

BOOST_AUTO_TEST_CASE(root_below_the_new_threshold_is_rejected) {
  repository.root.roles["root"] = {{next_key.public_key(), repository.stranger.public_key()}, 2};
  BOOST_TEST(offer({&repository.root_key, &next_key}) == "trust.signature");
  BOOST_TEST(offer({&repository.root_key, &next_key, &repository.stranger}) == "");
}

BOOST_AUTO_TEST_CASE(root_below_the_old_threshold_is_rejected) {
  Repository strict;
  strict.root.roles["root"] = {{strict.root_key.public_key(), strict.stranger.public_key()}, 2};
  strict.signers["root"] = {&strict.root_key, &strict.stranger};
  const Bytes old = strict.publish().root;
  strict.root.version = 2;
  strict.root.roles["root"] = strict.only(strict.root_key);
  strict.signers["root"] = {&strict.root_key};
  trust::TrustedSet set(old, kNow);
  BOOST_TEST(error_of([&] { set.update_root(strict.publish().root); }) == "trust.signature");
}

BOOST_AUTO_TEST_CASE(root_versions_are_neither_skipped_nor_repeated_nor_lowered) {
  for (const std::uint64_t version : {3u, 1u}) {
    repository.root.version = version;
    BOOST_TEST(offer({&repository.root_key, &next_key}) == "trust.rollback");
  }
}

BOOST_AUTO_TEST_CASE(first_root_that_is_not_signed_by_its_own_keys_is_refused) {
  repository.signers["root"] = {&repository.stranger};
  const Bytes forged = repository.publish().root;
  BOOST_TEST(error_of([&] { trust::TrustedSet(forged, kNow); }) == "trust.signature");
}

BOOST_AUTO_TEST_CASE(expired_root_is_only_refused_when_no_newer_one_follows) {
  Repository old;
  old.root.expires = kNow - kDay;
  trust::TrustedSet set(old.publish().root, kNow);
  BOOST_TEST(error_of([&] { set.end_of_roots(); }) == "trust.expired");
  old.root.version = 2;
  old.root.expires = kNow + kDay;
  set.update_root(old.publish().root);
  BOOST_TEST(error_of([&] { set.end_of_roots(); }) == "");
}

BOOST_AUTO_TEST_CASE(roles_follow_the_keys_of_the_newest_root) {
  repository.root.roles["timestamp"] = repository.only(next_key);
  repository.signers["root"] = {&repository.root_key, &next_key};
  const Metadata by_old_key = repository.publish();
  trust::TrustedSet set(first, kNow);
  set.update_root(by_old_key.root);
  BOOST_TEST(error_of([&] { set.update_timestamp(by_old_key.timestamp); }) == "trust.signature");
  repository.signers["timestamp"] = {&next_key};
  BOOST_TEST(set.update_timestamp(repository.publish().timestamp));
}

BOOST_AUTO_TEST_CASE(root_with_other_timestamp_or_snapshot_signers_says_so) {
  const auto rotated = [&] {
    repository.signers["root"] = {&repository.root_key, &next_key};
    return trust::TrustedSet(first, kNow).update_root(repository.publish().root);
  };
  BOOST_TEST(!rotated());
  for (const char* role : {"timestamp", "snapshot"}) {
    const trust::RoleKeys old = repository.root.roles[role];
    repository.root.roles[role].keys.push_back(repository.stranger.public_key());
    BOOST_TEST(rotated(), role);
    repository.root.roles[role] = old;
    repository.root.roles[role].threshold = 2;
    BOOST_TEST(rotated(), role);
    repository.root.roles[role] = old;
  }
  repository.root.roles["targets"] = repository.only(next_key);
  BOOST_TEST(!rotated());
}

BOOST_AUTO_TEST_CASE(root_without_a_role_or_with_threshold_zero_is_refused) {
  const auto changed = [&](const std::function<void(Json&)>& edit) {
    repository.edits["root"] = edit;
    return offer({&repository.root_key, &next_key});
  };
  BOOST_TEST(changed([](Json& json) { json["roles"].erase("snapshot"); }) == "trust.malformed");
  BOOST_TEST(changed([](Json& json) { json["roles"]["targets"]["threshold"] = 0; }) ==
             "trust.malformed");
  BOOST_TEST(changed([](Json& json) { json["roles"]["targets"]["threshold"] = -1; }) ==
             "trust.malformed");
  BOOST_TEST(changed([](Json& json) { json["roles"]["root"]["keyids"] = Json::array(); }) ==
             "trust.signature");
  BOOST_TEST(changed([](Json& json) { json["roles"]["root"]["keyids"] = {"unknown"}; }) ==
             "trust.malformed");
  BOOST_TEST(changed([](Json& json) { json["roles"]["root"]["keyids"] = {1}; }) ==
             "trust.malformed");
  BOOST_TEST(changed([](Json& json) { json["consistent_snapshot"] = 1; }) == "trust.malformed");
  BOOST_TEST(changed([](Json& json) { json["version"] = 0; }) == "trust.malformed");
  BOOST_TEST(changed([](Json& json) { json["expires"] = "tomorrow"; }) == "trust.malformed");
  BOOST_TEST(changed([](Json& json) { json["spec_version"] = "2.0.0"; }) == "unsupported.format");
  BOOST_TEST(changed([](Json& json) { json["_type"] = "targets"; }) == "trust.malformed");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
