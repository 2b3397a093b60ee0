#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "repository.hpp"

namespace xppkg::test {
namespace {

using Origin = trust::TrustedSet::Origin;

/// Moves all roles to the next version.
void next(Repository& repository) {
  ++repository.timestamp.version;
  ++repository.snapshot.version;
  ++repository.targets.version;
  ++repository.package.version;
}

/// A client that has seen `seen` and is offered `offered`: cached files first, then the new ones.
std::string offer(const Metadata& seen, const Metadata& offered) {
  return error_of([&] {
    trust::TrustedSet client = walk_to_timestamp(seen);
    client.update_timestamp(offered.timestamp);
    client.update_snapshot(seen.snapshot, Origin::cached);
    client.update_snapshot(offered.snapshot, Origin::remote);
    client.update_targets(offered.targets);
    client.update_delegated("app", offered.package);
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(freshness)

BOOST_AUTO_TEST_CASE(newer_versions_of_all_roles_are_taken) {
  Repository repository;
  const Metadata first = repository.publish();
  next(repository);
  BOOST_TEST(offer(first, repository.publish()) == "");
}

BOOST_AUTO_TEST_CASE(rollback_of_the_timestamp_is_refused) {
  Repository repository;
  const Metadata old = repository.publish();
  next(repository);
  BOOST_TEST(offer(repository.publish(), old) == "trust.rollback");
}

BOOST_AUTO_TEST_CASE(older_timestamp_of_the_same_snapshot_is_refused) {
  Repository repository;
  repository.timestamp.version = 2;
  trust::TrustedSet set = walk_to_timestamp(repository.publish());
  repository.timestamp.version = 1;
  const Metadata older = repository.publish();
  BOOST_TEST(error_of([&] { set.update_timestamp(older.timestamp); }) == "trust.rollback");
}

BOOST_AUTO_TEST_CASE(same_timestamp_again_changes_nothing) {
  const Metadata metadata = Repository().publish();
  trust::TrustedSet set = walk_to_timestamp(metadata);
  BOOST_TEST(!set.update_timestamp(metadata.timestamp));
}

BOOST_AUTO_TEST_CASE(timestamp_that_names_an_older_snapshot_is_refused) {
  Repository repository;
  repository.snapshot.version = 5;
  const Metadata seen = repository.publish();
  repository.snapshot.version = 4;
  ++repository.timestamp.version;
  BOOST_TEST(offer(seen, repository.publish()) == "trust.rollback");
}

BOOST_AUTO_TEST_CASE(snapshot_with_an_older_targets_or_package_role_is_refused) {
  for (const bool package : {false, true}) {
    Repository repository;
    repository.targets.version = 3;
    repository.package.version = 3;
    const Metadata seen = repository.publish();
    ++repository.timestamp.version;
    ++repository.snapshot.version;
    (package ? repository.package : repository.targets).version = 2;
    BOOST_TEST(offer(seen, repository.publish()) == "trust.rollback", package);
  }
}

BOOST_AUTO_TEST_CASE(version_zero_is_none_even_of_a_role_that_nobody_asks_for) {
  Repository repository;
  repository.edits["snapshot"] = [](Json& json) { json["meta"]["other.json"]["version"] = 0U; };
  BOOST_TEST(error_of([&] { walk(repository.publish()); }) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(snapshot_that_lists_a_role_no_more_is_refused) {
  Repository repository;
  const Metadata seen = repository.publish();
  next(repository);
  repository.edits["snapshot"] = [](Json& json) { json["meta"].erase("app.json"); };
  BOOST_TEST(offer(seen, repository.publish()) == "trust.rollback");
}

BOOST_AUTO_TEST_CASE(expired_metadata_of_any_role_is_refused) {
  const auto expired = [](auto member) {
    Repository repository;
    (repository.*member).expires = kNow;  // Exclusive: it holds until the second before.
    return error_of([&] { walk(repository.publish()); });
  };
  BOOST_TEST(expired(&Repository::root) == "trust.expired");
  BOOST_TEST(expired(&Repository::timestamp) == "trust.expired");
  BOOST_TEST(expired(&Repository::snapshot) == "trust.expired");
  BOOST_TEST(expired(&Repository::targets) == "trust.expired");
  BOOST_TEST(expired(&Repository::package) == "trust.expired");
}

BOOST_AUTO_TEST_CASE(metadata_holds_until_the_second_before_its_expiry) {
  Repository repository;
  repository.timestamp.expires = kNow + 1;
  BOOST_TEST(error_of([&] { walk(repository.publish()); }) == "");
}

BOOST_AUTO_TEST_CASE(same_timestamp_again_is_refused_once_it_has_expired) {
  Repository repository;
  repository.timestamp.expires = kNow;
  const Metadata metadata = repository.publish();
  trust::TrustedSet set(metadata.root, kNow);
  BOOST_TEST(set.update_timestamp(metadata.timestamp, Origin::cached));
  BOOST_TEST(error_of([&] { set.update_timestamp(metadata.timestamp); }) == "trust.expired");
}

BOOST_AUTO_TEST_CASE(saved_timestamp_that_has_expired_leads_to_no_snapshot) {
  Repository repository;
  repository.timestamp.expires = kNow;
  const Metadata metadata = repository.publish();
  for (const Origin origin : {Origin::cached, Origin::remote}) {
    trust::TrustedSet set(metadata.root, kNow);
    set.update_timestamp(metadata.timestamp, Origin::cached);
    BOOST_TEST(error_of([&] { set.update_snapshot(metadata.snapshot, origin); }) ==
               "trust.expired");
  }
}

BOOST_AUTO_TEST_CASE(saved_snapshot_that_has_expired_leads_to_no_targets) {
  Repository repository;
  repository.snapshot.expires = kNow;
  const Metadata metadata = repository.publish();
  trust::TrustedSet set = walk_to_timestamp(metadata);
  set.update_snapshot(metadata.snapshot, Origin::cached);
  BOOST_TEST(set.snapshot_is_current());
  BOOST_TEST(error_of([&] { set.end_of_snapshot(); }) == "trust.expired");
  BOOST_TEST(error_of([&] { set.update_targets(metadata.targets); }) == "trust.expired");
}

BOOST_AUTO_TEST_CASE(snapshot_of_another_version_than_the_timestamp_says_is_not_the_present_one) {
  Repository repository;
  repository.edits["timestamp"] = [](Json& json) {
    json["meta"]["snapshot.json"] = {{"version", 2U}};
  };
  const Metadata metadata = repository.publish();  // Its snapshot is version 1.
  trust::TrustedSet set = walk_to_timestamp(metadata);
  set.update_snapshot(metadata.snapshot, Origin::cached);
  BOOST_TEST(!set.snapshot_is_current());
  BOOST_TEST(error_of([&] { set.update_snapshot(metadata.snapshot, Origin::remote); }) ==
             "trust.rollback");
}

BOOST_AUTO_TEST_CASE(saved_snapshot_of_other_bytes_is_not_the_present_one) {
  Repository repository;
  const Metadata other = repository.publish();
  repository.snapshot.expires += 1;
  trust::TrustedSet set = walk_to_timestamp(repository.publish());
  set.update_snapshot(other.snapshot, Origin::cached);
  BOOST_TEST(!set.snapshot_is_current());
}

BOOST_AUTO_TEST_CASE(files_of_different_times_do_not_mix) {
  Repository repository;
  const Metadata first = repository.publish();
  next(repository);
  const Metadata second = repository.publish();
  Metadata mixed = second;
  mixed.snapshot = first.snapshot;
  BOOST_TEST(error_of([&] { walk(mixed); }) == "trust.hash");
  mixed = second;
  mixed.targets = first.targets;
  BOOST_TEST(error_of([&] { walk(mixed); }) == "trust.hash");
  mixed = second;
  mixed.package = first.package;
  BOOST_TEST(error_of([&] { walk(mixed); }) == "trust.hash");
}

BOOST_AUTO_TEST_CASE(files_of_different_times_do_not_mix_where_only_versions_are_signed) {
  Repository repository;
  const auto strip = [](Json& json) {
    for (Json& meta : json["meta"]) {
      meta.erase("length");
      meta.erase("hashes");
    }
  };
  repository.edits["snapshot"] = strip;
  repository.edits["timestamp"] = strip;
  const Metadata first = repository.publish();
  next(repository);
  for (Bytes Metadata::*role : {&Metadata::snapshot, &Metadata::targets, &Metadata::package}) {
    Metadata mixed = repository.publish();
    mixed.*role = first.*role;
    BOOST_TEST(error_of([&] { walk(mixed); }) == "trust.rollback");
  }
}

BOOST_AUTO_TEST_CASE(cached_snapshot_that_is_older_than_the_timestamp_says_leads_no_further) {
  Repository repository;
  const Metadata first = repository.publish();
  next(repository);
  trust::TrustedSet set = walk_to_timestamp(repository.publish());
  set.update_snapshot(first.snapshot, Origin::cached);
  BOOST_TEST(error_of([&] { set.update_targets(first.targets); }) == "trust.rollback");
}

BOOST_AUTO_TEST_CASE(cached_metadata_is_verified_again) {
  Repository repository;
  repository.signers["snapshot"] = {&repository.stranger};
  const Metadata metadata = repository.publish();
  trust::TrustedSet set = walk_to_timestamp(metadata);
  const auto cached = [&] { set.update_snapshot(metadata.snapshot, Origin::cached); };
  BOOST_TEST(error_of(cached) == "trust.signature");
  BOOST_TEST(!set.snapshot().has_value());
}

BOOST_AUTO_TEST_CASE(refused_metadata_leaves_what_is_trusted_as_it_was) {
  Repository repository;
  const Metadata good = repository.publish();
  trust::TrustedSet set = walk_to_timestamp(good);
  set.update_snapshot(good.snapshot, Origin::remote);
  set.update_targets(good.targets);
  Bytes bad = good.package;
  bad.back() = ' ';
  BOOST_TEST(error_of([&] { set.update_delegated("app", bad); }) == "trust.hash");
  set.update_delegated("app", good.package);
  BOOST_TEST(error_of([&] { set.update_delegated("app", bad); }) == "trust.hash");
  BOOST_TEST(set.delegated("app").targets.size() == 1u);
}

BOOST_AUTO_TEST_CASE(steps_out_of_order_are_refused) {
  const Metadata good = Repository().publish();
  trust::TrustedSet set(good.root, kNow);
  BOOST_TEST(error_of([&] { set.update_snapshot(good.snapshot, Origin::remote); }) == "internal");
  BOOST_TEST(error_of([&] { set.update_targets(good.targets); }) == "internal");
  BOOST_TEST(error_of([&] { set.update_delegated("app", good.package); }) == "internal");
  BOOST_TEST(error_of([&] { static_cast<void>(set.targets()); }) == "internal");
  BOOST_TEST(error_of([&] { static_cast<void>(set.delegated("app")); }) == "internal");
  BOOST_TEST(error_of([&] { static_cast<void>(set.file_meta("app")); }) == "internal");
  BOOST_TEST((set.delegation("app") == nullptr));
  trust::TrustedSet done = walk(good);
  BOOST_TEST(error_of([&] { done.update_root(good.root); }) == "internal");
  BOOST_TEST(error_of([&] { done.update_timestamp(good.timestamp); }) == "internal");
  BOOST_TEST(error_of([&] { done.update_snapshot(good.snapshot, Origin::remote); }) == "internal");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
