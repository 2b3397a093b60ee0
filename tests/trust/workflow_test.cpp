#include <boost/test/unit_test.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "repository.hpp"
#include "trust/workflow.hpp"

namespace xppkg::test {
namespace {

using Names = std::vector<std::string>;

/// Files by name, and what was asked for.
class FakeSource final : public trust::MetadataSource {
 public:
  std::optional<Bytes> fetch(const std::string& file, std::uint64_t limit) override {
    asked.push_back(file);
    limits[file] = limit;
    const auto found = files.find(file);
    if (found == files.end()) return std::nullopt;
    BOOST_TEST(found->second.size() <= limit, file);
    return found->second;
  }

  std::map<std::string, Bytes> files;
  Names asked;
  std::map<std::string, std::uint64_t> limits;
};

/// A cache that notes what happens to it, and may fail as a killed run does.
class FakeCache final : public trust::MetadataCache {
 public:
  std::optional<Bytes> load(const std::string& role) override {
    const auto found = files.find(role);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  }
  void save(const std::string& role, ByteView bytes) override {
    die_in_turn();
    events.push_back("save " + role);
    files[role] = Bytes(bytes.begin(), bytes.end());
  }
  void remove(const std::string& role) override {
    die_in_turn();
    events.push_back("remove " + role);
    files.erase(role);
  }

  std::map<std::string, Bytes> files;
  Names events;
  int dies_at = -1;  ///< the change that is not made any more

 private:
  void die_in_turn() {
    if (dies_at == 0) throw Error(Code::io_failed);
    --dies_at;
  }
};

/// A repository with more delegated roles than "app", served to a client.
struct Fixture {
  void serve() {
    const Metadata made = repository.publish();
    source.files[trust::metadata_file("root", repository.root.version)] = made.root;
    source.files["timestamp.json"] = made.timestamp;
    source.files[name_of("snapshot", repository.snapshot.version)] = made.snapshot;
    source.files[name_of("targets", repository.targets.version)] = made.targets;
    source.files[name_of("app", repository.package.version)] = made.package;
    if (cache.files.empty()) cache.files["root"] = made.root;
  }
  [[nodiscard]] std::string name_of(const std::string& role, std::uint64_t version) const {
    return repository.root.consistent_snapshot ? trust::metadata_file(role, version)
                                               : trust::metadata_file(role);
  }
  trust::Workflow workflow(trust::Moment now = kNow) {
    source.asked.clear();
    cache.events.clear();
    return {cache.files.at("root"), now, trust::Schemes::production(), source, cache};
  }
  std::string refresh(trust::Moment now = kNow) {
    return error_of([&] { workflow(now).refresh(); });
  }
  /// Every role moves on, as one publication does.
  void next() {
    ++repository.timestamp.version;
    ++repository.snapshot.version;
    ++repository.targets.version;
  }

  Repository repository;
  FakeSource source;
  FakeCache cache;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(workflow, Fixture)

BOOST_AUTO_TEST_CASE(first_run_asks_in_the_order_of_the_specification_and_saves_after_each_check) {
  serve();
  BOOST_TEST(refresh() == "");
  BOOST_TEST(
      source.asked == (Names{"2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"}),
      boost::test_tools::per_element());
  BOOST_TEST(cache.events == (Names{"save timestamp", "save snapshot", "save targets"}),
             boost::test_tools::per_element());
  BOOST_TEST((cache.files["targets"] == source.files["1.targets.json"]));
}

BOOST_AUTO_TEST_CASE(run_that_finds_nothing_new_asks_for_the_next_root_and_the_timestamp_only) {
  serve();
  BOOST_TEST(refresh() == "");
  BOOST_TEST(refresh() == "");
  BOOST_TEST(source.asked == (Names{"2.root.json", "timestamp.json"}),
             boost::test_tools::per_element());
  BOOST_TEST(cache.events.empty());
}

BOOST_AUTO_TEST_CASE(repository_without_consistent_snapshots_is_read_by_plain_names) {
  repository.root.consistent_snapshot = false;
  serve();
  BOOST_TEST(refresh() == "");
  BOOST_TEST(
      source.asked == (Names{"2.root.json", "timestamp.json", "snapshot.json", "targets.json"}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(refused_metadata_of_any_role_is_not_saved_and_ends_the_run) {
  const Names roles{"timestamp", "snapshot", "targets"};
  for (std::size_t i = 0; i < roles.size(); ++i) {
    Fixture another;
    another.repository.signers[roles[i]] = {&another.repository.stranger};
    another.serve();
    BOOST_TEST(another.refresh() == "trust.signature", roles[i]);
    BOOST_TEST(another.cache.events.size() == i);
    BOOST_TEST(another.source.asked.size() == i + 2);
  }
}

BOOST_AUTO_TEST_CASE(expired_metadata_of_any_role_is_not_saved) {
  serve();
  BOOST_TEST(refresh() == "");
  next();
  repository.timestamp.expires = kNow;
  serve();
  BOOST_TEST(refresh() == "trust.expired");
  BOOST_TEST(cache.events.empty());
  repository.timestamp.expires = kNow + kDay;
  repository.snapshot.expires = kNow;
  serve();
  BOOST_TEST(refresh() == "trust.expired");
  BOOST_TEST(cache.events == (Names{"save timestamp"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(root_that_has_expired_ends_the_run_before_anything_else_is_asked) {
  repository.root.expires = kNow;
  serve();
  BOOST_TEST(refresh() == "trust.expired");
  BOOST_TEST(source.asked == (Names{"2.root.json"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(saved_snapshot_that_has_expired_ends_the_run_before_targets_are_asked) {
  repository.snapshot.expires = kNow + kDay;
  serve();
  BOOST_TEST(refresh() == "");
  BOOST_TEST(refresh(kNow + kDay) == "trust.expired");
  BOOST_TEST(source.asked == (Names{"2.root.json", "timestamp.json"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(package_that_nobody_delegates_is_not_even_asked_for) {
  repository.edits["snapshot"] = [](Json& json) { json["meta"]["other.json"]["version"] = 1U; };
  serve();
  auto run = workflow();
  run.refresh();
  BOOST_TEST(error_of([&] { run.delegated("other"); }) == "notfound.package");
  BOOST_TEST(std::ranges::count(source.asked, "1.other.json") == 0);
}

BOOST_AUTO_TEST_CASE(older_snapshot_in_a_newer_timestamp_is_refused_before_anything_is_saved) {
  repository.snapshot.version = 5;
  serve();
  BOOST_TEST(refresh() == "");
  ++repository.timestamp.version;
  repository.snapshot.version = 4;
  serve();
  BOOST_TEST(refresh() == "trust.rollback");
  BOOST_TEST(cache.events.empty());
}

BOOST_AUTO_TEST_CASE(newer_snapshot_is_held_against_the_one_of_the_run_before) {
  repository.targets.version = 5;
  serve();
  BOOST_TEST(refresh() == "");
  ++repository.timestamp.version;
  ++repository.snapshot.version;
  repository.targets.version = 4;
  serve();
  BOOST_TEST(refresh() == "trust.rollback");
  BOOST_TEST(cache.events == (Names{"save timestamp"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(damaged_cache_is_as_good_as_none) {
  for (const char* role : {"timestamp", "snapshot", "targets"}) {
    for (const char* text : {"", "{", "{\"signed\":{},\"signatures\":[]}"}) {
      Fixture another;
      another.serve();
      BOOST_TEST(another.refresh() == "");
      another.cache.files[role] = to_bytes(text);
      BOOST_TEST(another.refresh() == "", role << text);
      BOOST_TEST((another.cache.events == Names{std::string("save ") + role}));
    }
  }
}

BOOST_AUTO_TEST_CASE(cached_role_of_a_later_specification_is_as_good_as_none) {
  for (const char* role : {"timestamp", "snapshot", "targets"}) {
    Fixture another;
    another.repository.edits[role] = [](Json& json) { json["spec_version"] = "2.0.0"; };
    const Metadata later = another.repository.publish();
    another.repository.edits.clear();
    another.serve();
    BOOST_TEST(another.refresh() == "");
    another.cache.files[role] = role == std::string("timestamp")  ? later.timestamp
                                : role == std::string("snapshot") ? later.snapshot
                                                                  : later.targets;
    BOOST_TEST(another.refresh() == "", role);
  }
}

BOOST_AUTO_TEST_CASE(no_more_of_a_file_is_read_than_was_signed_or_the_limit_allows) {
  serve();
  BOOST_TEST(refresh() == "");
  BOOST_TEST(source.limits["timestamp.json"] == trust::Limits::timestamp);
  for (const char* file : {"1.snapshot.json", "1.targets.json"}) {
    BOOST_TEST(source.limits[file] == source.files[file].size(), file);
  }
  Fixture open;
  open.repository.edits["timestamp"] = [](Json& json) {
    json["meta"]["snapshot.json"] = {{"version", 1}};
  };
  open.repository.edits["snapshot"] = [](Json& json) {
    json["meta"]["targets.json"] = {{"version", 1}, {"length", std::uint64_t{1} << 40}};
  };
  open.serve();
  BOOST_TEST(open.refresh() == "trust.hash");
  BOOST_TEST(open.source.limits["1.snapshot.json"] == trust::Limits::snapshot);
  BOOST_TEST(open.source.limits["1.targets.json"] == trust::Limits::targets);
}

BOOST_AUTO_TEST_CASE(run_that_is_killed_between_check_and_save_is_made_up_by_the_next) {
  serve();
  for (int stop = 0; stop < 3; ++stop) {
    cache.files = {{"root", cache.files.at("root")}};
    cache.dies_at = stop;
    BOOST_TEST(refresh() == "io.failed");
    cache.dies_at = -1;
    BOOST_TEST(refresh() == "");
    BOOST_TEST(cache.files.size() == 4u);
  }
}

BOOST_AUTO_TEST_CASE(rotation_forgets_what_a_thief_of_the_key_raised_even_if_the_run_is_killed) {
  serve();
  BOOST_TEST(refresh() == "");
  repository.timestamp.version = 1'000'000;
  repository.snapshot.version = 1'000'000;
  serve();
  BOOST_TEST(refresh() == "");
  // The thief's key stays among the new ones: only §5.3.11 ends what it signed.
  repository.root.version = 2;
  for (const char* role : {"timestamp", "snapshot"}) {
    repository.root.roles[role].keys.push_back(repository.stranger.public_key());
  }
  repository.timestamp.version = 2;
  repository.snapshot.version = 2;
  serve();
  const auto before = cache.files;
  for (int stop = 0; stop < 6; ++stop) {
    cache.files = before;
    cache.dies_at = stop;
    static_cast<void>(refresh());
    cache.dies_at = -1;
    BOOST_TEST(refresh() == "", stop);
    BOOST_TEST(Json::parse(cache.files["timestamp"])["signed"]["version"] == 2);
  }
}

BOOST_AUTO_TEST_CASE(rotation_of_the_snapshot_key_alone_forgets_the_raised_versions_of_roles) {
  repository.targets.version = 1'000'000;
  serve();
  BOOST_TEST(refresh() == "");
  repository.root.version = 2;
  repository.root.roles["snapshot"].keys.push_back(repository.stranger.public_key());
  repository.targets.version = 2;
  ++repository.snapshot.version;
  ++repository.timestamp.version;
  serve();
  BOOST_TEST(refresh() == "");
  BOOST_TEST(Json::parse(cache.files["targets"])["signed"]["version"] == 2);
}

BOOST_AUTO_TEST_CASE(missing_file_of_a_role_is_told_and_not_asked_for_again) {
  serve();
  source.files.erase("1.snapshot.json");
  BOOST_TEST(refresh() == "notfound.file");
  BOOST_TEST(source.asked.size() == 3u);
}

BOOST_AUTO_TEST_CASE(endless_roots_end_at_the_limit) {
  serve();
  for (std::uint64_t version = 2; version <= 300; ++version) {
    repository.root.version = version;
    serve();
  }
  BOOST_TEST(refresh() == "");
  BOOST_TEST(source.asked.size() == trust::Limits::root_rotations + 3u);
}

BOOST_AUTO_TEST_CASE(clock_that_went_back_is_told_from_metadata_that_has_expired) {
  repository.timestamp.expires = kNow + kDay;
  serve();
  BOOST_TEST(refresh(kNow + kDay) == "trust.expired");
  // The clock says last year; metadata was signed after this one ended.
  BOOST_TEST(refresh({kNow - 365 * kDay, kNow + 2 * kDay}) == "trust.clock");
  // A trusted time that the metadata outlives makes a clock that went back harmless.
  BOOST_TEST(refresh({kNow - 365 * kDay, kNow}) == "");
}

BOOST_AUTO_TEST_CASE(time_of_a_decision_is_judged_like_a_clock) {
  // Decided while the timestamp still held; it has expired since by every clock.
  repository.timestamp.expires = kNow + kDay;
  serve();
  BOOST_TEST(refresh({kNow, kNow - kDay}) == "");
  // A forged decision from before what this workstation has seen: the trusted time counts.
  BOOST_TEST(refresh({kNow - 30 * kDay, kNow + kDay}) == "trust.clock");
}

BOOST_AUTO_TEST_CASE(trusted_time_rises_to_what_was_signed_but_never_by_a_wrong_clock_of_the_vendor) {
  BOOST_TEST(trust::raised_trusted_time(0, kNow, kNow) == kNow);
  BOOST_TEST(trust::raised_trusted_time(kNow, kNow - 1, kNow) == kNow);
  BOOST_TEST(trust::raised_trusted_time(0, kNow + kDay, kNow) == kNow + kDay);
  BOOST_TEST(trust::raised_trusted_time(5, kNow + kDay + 1, kNow) == 5);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
