#include <boost/test/unit_test.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "repository.hpp"
#include "trust/workflow.hpp"

namespace xppkg::test {
namespace {

using Names = std::vector<std::string>;

/// Delegated roles in memory. Every role has a key of its own under each of its delegators.
class Tree : public trust::MetadataSource, public trust::MetadataCache {
 public:
  struct Role {
    trust::Targets signed_part;
    std::vector<trust::SecretKey> keys;
  };

  /// `parent` delegates `paths` to `name`. Returns the delegation, to be changed.
  trust::Delegation& delegate(const std::string& parent, const std::string& name,
                              const Names& paths = {"*"}, bool terminating = false) {
    Role& child = roles[name];
    child.keys.push_back(trust::SecretKey::generate());
    child.signed_part.expires = kNow + kDay;
    auto& delegations = part_of(parent).delegations;
    delegations.push_back({name, {{child.keys.back().public_key()}, 1}, paths, terminating});
    return delegations.back();
  }
  void add_target(const std::string& role, const std::string& path) {
    part_of(role).targets[path] = {1, sha256({}), Json{{"role", role}}};
  }

  /// The role that answers for each path, in one run: its name, or an error's id; "" for nobody.
  Names find(const Names& paths) {
    serve();
    trust::Workflow workflow(files_.at("1.root.json"), kNow, trust::Schemes::production(), *this,
                             *this);
    workflow.refresh();
    Names answers;
    for (const std::string& path : paths) answers.push_back(look_up(workflow, path));
    return answers;
  }
  std::string find_one(const std::string& path) { return find({path})[0]; }
  /// The delegated roles that were asked for in the last search.
  [[nodiscard]] Names visited() const { return {asked_.begin() + 4, asked_.end()}; }

  std::optional<Bytes> fetch(const std::string& file, std::uint64_t) override {
    asked_.push_back(file);
    const auto found = files_.find(file);
    return found == files_.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<Bytes> load(const std::string& role) override {
    const auto found = cached.find(role);
    return found == cached.end() ? std::nullopt : std::optional(found->second);
  }
  void save(const std::string& role, ByteView bytes) override {
    if (keeps) cached[role] = Bytes(bytes.begin(), bytes.end());
  }
  void remove(const std::string& role) override { cached.erase(role); }

  std::map<std::string, Role> roles;
  std::map<std::string, Bytes> cached;
  bool keeps = false;
  Repository repository;

 private:
  trust::Targets& part_of(const std::string& role) {
    return role == "targets" ? repository.targets : roles[role].signed_part;
  }

  void serve() {
    asked_.clear();
    files_.clear();
    std::erase_if(repository.targets.delegations, [](const auto& d) { return d.name == "app"; });
    repository.snapshot.files.clear();
    for (const auto& [name, role] : roles) {
      Signers signers;
      for (const trust::SecretKey& key : role.keys) signers.push_back(&key);
      files_["1." + name + ".json"] = signed_by(trust::write_targets(role.signed_part), signers);
      repository.snapshot.files[name + ".json"] = {1, {}, {}};
    }
    const Metadata top = repository.publish();
    files_["1.root.json"] = top.root;
    files_["timestamp.json"] = top.timestamp;
    files_["1.snapshot.json"] = top.snapshot;
    files_["1.targets.json"] = top.targets;
  }

  static std::string look_up(trust::Workflow& workflow, const std::string& path) {
    std::string answer;
    const std::string error = error_of([&] {
      const auto found = workflow.find_target(path);
      if (found) answer = found->target.custom["role"].get<std::string>();
    });
    return error.empty() ? answer : error;
  }

  std::map<std::string, Bytes> files_;
  Names asked_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(delegation, Tree)

BOOST_AUTO_TEST_CASE(roles_are_searched_in_pre_order_depth_first) {
  delegate("targets", "a");
  delegate("targets", "b");
  delegate("a", "c");
  delegate("a", "d");
  BOOST_TEST(find_one("missing") == "");
  BOOST_TEST(visited() == (Names{"1.a.json", "1.c.json", "1.d.json", "1.b.json"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(first_role_that_lists_the_target_answers) {
  delegate("targets", "a");
  delegate("targets", "b");
  delegate("a", "c");
  for (const char* role : {"b", "c"}) add_target(role, "file");
  BOOST_TEST(find_one("file") == "c");
  add_target("targets", "file");
  BOOST_TEST(find_one("file") == "targets");
  BOOST_TEST(visited().empty());
}

BOOST_AUTO_TEST_CASE(terminating_delegation_deep_down_ends_the_search_above_it_too) {
  delegate("targets", "a");
  delegate("targets", "b");
  delegate("a", "c", {"*"}, true);
  add_target("b", "file");
  BOOST_TEST(find_one("file") == "");
  BOOST_TEST(visited() == (Names{"1.a.json", "1.c.json"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(after_a_terminating_delegation_nobody_else_is_asked) {
  delegate("targets", "a", {"x/*"}, true);
  delegate("targets", "b");
  delegate("targets", "c", {"*/*"});
  delegate("a", "d", {"*/*"});
  add_target("c", "x/file");
  add_target("c", "y/file");
  BOOST_TEST(find_one("x/file") == "");
  BOOST_TEST(visited() == (Names{"1.a.json", "1.d.json"}), boost::test_tools::per_element());
  BOOST_TEST(find_one("y/file") == "c");
}

BOOST_AUTO_TEST_CASE(role_speaks_only_for_paths_that_every_delegation_on_the_way_covers) {
  delegate("targets", "a", {"a/*"});
  delegate("a", "b", {"*/*"});
  add_target("b", "a/file");
  add_target("b", "b/file");
  BOOST_TEST(find_one("a/file") == "b");
  BOOST_TEST(find_one("b/file") == "");
  BOOST_TEST(visited().empty());
}

BOOST_AUTO_TEST_CASE(cycles_end) {
  delegate("targets", "a");
  delegate("a", "b");
  delegate("b", "a");
  BOOST_TEST(find_one("missing") == "");
  BOOST_TEST(visited() == (Names{"1.a.json", "1.b.json"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(endless_chain_of_delegations_ends_at_the_limit) {
  std::string parent = "targets";
  for (int i = 0; i < 50; ++i) {
    const std::string child = "r" + std::to_string(i);
    delegate(parent, child);
    parent = child;
  }
  add_target(parent, "file");
  BOOST_TEST(find_one("file") == "");
  BOOST_TEST(visited().size() == trust::Limits::roles_visited - 1);
}

BOOST_AUTO_TEST_CASE(hash_bins_lead_to_one_role) {
  for (const char* digit :
       {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"}) {
    trust::Delegation& bin = delegate("targets", std::string("bin-") + digit, {});
    bin.path_hash_prefixes = {digit};
  }
  const std::string bin = "bin-" + sha256(as_bytes("file")).hex().substr(0, 1);
  add_target(bin, "file");
  BOOST_TEST(find_one("file") == bin);
  BOOST_TEST(visited() == (Names{"1." + bin + ".json"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(role_is_verified_by_the_keys_of_the_delegator_it_is_reached_through) {
  delegate("targets", "team-a", {"a/*"});
  delegate("targets", "team-b", {"b/*"});
  delegate("team-a", "release", {"a/*"});
  delegate("team-b", "release", {"b/*"});
  add_target("release", "a/file");
  add_target("release", "b/file");
  BOOST_TEST(find({"a/file", "b/file"}) == (Names{"release", "release"}),
             boost::test_tools::per_element());
  // Signed with the key that team-a knows only.
  roles["release"].keys.pop_back();
  BOOST_TEST(find({"a/file", "b/file"}) == (Names{"release", "trust.signature"}),
             boost::test_tools::per_element());
  BOOST_TEST(find({"b/file", "a/file"}) == (Names{"trust.signature", "release"}),
             boost::test_tools::per_element());
  BOOST_TEST(visited().size() == 3u);
}

BOOST_AUTO_TEST_CASE(cached_role_is_verified_again_by_its_present_delegator) {
  delegate("targets", "a");
  add_target("a", "file");
  keeps = true;
  BOOST_TEST(find_one("file") == "a");
  BOOST_TEST(find_one("file") == "a");
  const trust::SecretKey other = trust::SecretKey::generate();
  repository.targets.delegations[0].keys = {{other.public_key()}, 1};
  repository.targets.version = 1;
  cached.erase("targets");
  cached.erase("snapshot");
  cached.erase("timestamp");
  BOOST_TEST(find_one("file") == "trust.signature");
}

BOOST_AUTO_TEST_CASE(children_of_a_role_belong_to_the_chain_it_was_reached_by) {
  // Two delegators know "shared" by different keys; only what the second one signed delegates on.
  delegate("targets", "a", {"a/*"});
  delegate("targets", "b", {"b/*"});
  delegate("a", "shared", {"a/*"});
  delegate("b", "shared", {"b/*"});
  delegate("shared", "leaf", {"a/*", "b/*"});
  add_target("leaf", "b/file");
  BOOST_TEST(find({"a/none", "b/file"}) == (Names{"", "leaf"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(role_that_the_snapshot_does_not_list_is_not_asked_for) {
  delegate("targets", "a");
  repository.edits["snapshot"] = [](Json& json) { json["meta"].erase("a.json"); };
  BOOST_TEST(find_one("file") == "trust.malformed");
  BOOST_TEST(visited().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
