#include <boost/test/unit_test.hpp>

#include "failure.hpp"
#include "repository.hpp"

namespace xppkg::test {
namespace {

/// What a client says that walks a repository whose target is changed by `edit`.
std::string with_target(const std::function<void(Json&)>& edit) {
  Repository repository;
  repository.edits["app"] = [&](Json& json) { edit(json["targets"][Repository::kPath]); };
  return error_of([&] {
    const trust::TrustedSet set = walk(repository.publish());
    static_cast<void>(set.verify_target("app", Repository::kPath, as_bytes(Repository::kContents)));
  });
}

std::string with_name(const std::string& name) {
  Repository repository;
  repository.targets.delegations[0].name = name;
  return error_of([&] { walk(repository.publish()); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(target)

BOOST_AUTO_TEST_CASE(bytes_that_are_signed_are_verified) {
  const trust::TrustedSet set = walk(Repository().publish());
  const auto bytes = set.verify_target("app", Repository::kPath, as_bytes(Repository::kContents));
  BOOST_TEST(as_text(bytes.bytes()) == Repository::kContents);
}

BOOST_AUTO_TEST_CASE(bytes_of_another_length_or_contents_are_refused) {
  const trust::TrustedSet set = walk(Repository().publish());
  const std::string good = Repository::kContents;
  for (const std::string& text :
       {good + "x", good.substr(1), std::string(), "T" + good.substr(1)}) {
    const auto verify = [&] {
      static_cast<void>(set.verify_target("app", Repository::kPath, as_bytes(text)));
    };
    BOOST_TEST(error_of(verify) == "trust.hash", text);
  }
}

BOOST_AUTO_TEST_CASE(target_that_the_role_does_not_list_is_refused) {
  const trust::TrustedSet set = walk(Repository().publish());
  const auto verify = [&] { static_cast<void>(set.verify_target("app", "app/1/any/x", {})); };
  BOOST_TEST(error_of(verify) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(target_outside_the_delegated_paths_is_refused) {
  for (const std::string path :
       {"other/1.0/any/file", "app/file", "app/1.0/any/deep/file", "app"}) {
    Repository repository;
    repository.package.targets[path] = repository.package.targets[Repository::kPath];
    const trust::TrustedSet set = walk(repository.publish());
    const auto verify = [&] {
      static_cast<void>(set.verify_target("app", path, as_bytes(Repository::kContents)));
    };
    BOOST_TEST(error_of(verify) == "trust.malformed", path);
  }
}

BOOST_AUTO_TEST_CASE(hash_that_is_missing_empty_or_badly_written_is_refused) {
  const std::string good = sha256(as_bytes(Repository::kContents)).hex();
  std::string upper = good;
  for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c);
  const auto hash = [](const Json& value) {
    return with_target([&](Json& target) { target["hashes"]["sha256"] = value; });
  };
  BOOST_TEST(hash(good) == "");
  for (const std::string& bad : {std::string(), std::string(" "), good.substr(2), good + "00",
                                 " " + good, good + " ", upper, good.substr(1)}) {
    BOOST_TEST(hash(bad) == "trust.malformed", bad);
  }
  BOOST_TEST(hash(nullptr) == "trust.malformed");
  BOOST_TEST(hash(0) == "trust.malformed");
  const auto changed = [](const std::function<void(Json&)>& edit) { return with_target(edit); };
  BOOST_TEST(changed([](Json& t) { t.erase("hashes"); }) == "trust.malformed");
  BOOST_TEST(changed([](Json& t) { t["hashes"] = Json::object(); }) == "trust.malformed");
  BOOST_TEST(changed([](Json& t) { t["hashes"] = {{"md5", "00"}}; }) == "trust.malformed");
  BOOST_TEST(changed([](Json& t) { t.erase("length"); }) == "trust.malformed");
  BOOST_TEST(changed([](Json& t) { t["length"] = -1; }) == "trust.malformed");
  BOOST_TEST(changed([](Json& t) { t["length"] = "26"; }) == "trust.malformed");
  BOOST_TEST(changed([](Json& t) { t["custom"] = "text"; }) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(role_name_that_is_no_safe_file_name_is_refused) {
  for (const std::string name :
       {"../app", "a/b", "..", ".", "", "a%2Fb", "a?b", "a#b", "a\\b", ".hidden", "-x", "root",
        "targets", "snapshot", "timestamp", "a b", "\xc3\xa9"}) {
    BOOST_TEST(with_name(name) == "trust.malformed", name);
  }
  BOOST_TEST(with_name(std::string(65, 'a')) == "trust.malformed");
  BOOST_TEST(trust::is_delegated_role_name(std::string(64, 'a')));
  BOOST_TEST(trust::is_delegated_role_name("App-1_x.y"));
}

BOOST_AUTO_TEST_CASE(role_that_nobody_delegates_to_or_that_is_delegated_twice_is_refused) {
  const trust::TrustedSet good = walk(Repository().publish());
  trust::TrustedSet set = good;
  BOOST_TEST(error_of([&] { set.update_delegated("other", {}); }) == "notfound.package");
  Repository repository;
  repository.targets.delegations.push_back(repository.targets.delegations[0]);
  BOOST_TEST(error_of([&] { walk(repository.publish()); }) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(role_that_the_snapshot_does_not_list_is_refused) {
  Repository repository;
  repository.edits["snapshot"] = [](Json& json) { json["meta"].erase("app.json"); };
  BOOST_TEST(error_of([&] { walk(repository.publish()); }) == "trust.malformed");
  repository.edits["snapshot"] = [](Json& json) { json["meta"].erase("targets.json"); };
  BOOST_TEST(error_of([&] { walk(repository.publish()); }) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(delegation_with_bad_patterns_is_refused) {
  Repository repository;
  repository.edits["targets"] = [](Json& json) { json["delegations"]["roles"][0]["paths"] = {1}; };
  BOOST_TEST(error_of([&] { walk(repository.publish()); }) == "trust.malformed");
  repository.edits["targets"] = [](Json& json) { json["delegations"]["roles"][0].erase("paths"); };
  BOOST_TEST(error_of([&] { walk(repository.publish()); }) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(patterns_match_as_tuf_says) {
  using trust::pattern_matches;
  for (const auto& [pattern, path] :
       std::initializer_list<std::pair<const char*, const char*>>{{"a", "a"},
                                                                  {"*", "abc"},
                                                                  {"*", ""},
                                                                  {"a*c", "abbc"},
                                                                  {"a?c", "abc"},
                                                                  {"*/*", "a/b"},
                                                                  {"a/*.x", "a/b.x"},
                                                                  {"*a*b*", "xaxbxabx"},
                                                                  {"**", "ab"},
                                                                  {"*.tgz", "a.tgz"}}) {
    BOOST_TEST(pattern_matches(pattern, path), pattern << " on " << path);
  }
  for (const auto& [pattern, path] :
       std::initializer_list<std::pair<const char*, const char*>>{{"*", "a/b"},
                                                                  {"a?b", "a/b"},
                                                                  {"a", "ab"},
                                                                  {"ab", "a"},
                                                                  {"", "a"},
                                                                  {"*/*", "a/b/c"},
                                                                  {"a*", "ba"},
                                                                  {"?", ""},
                                                                  {"a/*", "a"},
                                                                  {"*b", "a/b"}}) {
    BOOST_TEST(!pattern_matches(pattern, path), pattern << " on " << path);
  }
}

BOOST_AUTO_TEST_CASE(pattern_of_many_stars_is_answered_in_no_time) {
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "*a";
  BOOST_TEST(!trust::pattern_matches(pattern + "b", std::string(1000, 'a')));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
