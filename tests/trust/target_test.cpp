#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "repository.hpp"

namespace xppkg::test {
namespace {

/// The outcome for a client of a repository whose target is changed by `edit`.
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

BOOST_AUTO_TEST_CASE(role_name_that_is_none_is_refused) {
  for (const std::string name : {"", "root", "targets", "snapshot", "timestamp", "a\nb", "a\x7f"}) {
    BOOST_TEST(with_name(name) == "trust.malformed", name);
  }
  BOOST_TEST(with_name(std::string(256, 'a')) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(role_name_never_leads_out_of_the_folder_of_the_metadata) {
  using trust::cache_file;
  using trust::metadata_file;
  BOOST_TEST(metadata_file("App-1_x.y~", 3) == "3.App-1_x.y~.json");
  BOOST_TEST(metadata_file("../a b?#%\\", 1) == "1...%2Fa%20b%3F%23%25%5C.json");
  BOOST_TEST(metadata_file("\xc3\xa9", 1) == "1.%C3%A9.json");
  BOOST_TEST(cache_file("../x") == "%2E.%2Fx.json");
  BOOST_TEST(cache_file(".") == "%2E.json");
  // On a disk that does not tell capitals, "Root" must not take the place of "root".
  BOOST_TEST(cache_file("Root") == "%52oot.json");
  BOOST_TEST(cache_file(std::string(201, 'a')).size() == 64u + 5u);
  BOOST_TEST(cache_file(std::string(201, 'a')) != cache_file(std::string(202, 'a')));
}

BOOST_AUTO_TEST_CASE(target_path_is_encoded_part_by_part_and_never_leads_up) {
  using trust::target_file;
  BOOST_TEST(target_file("a/b c/d%2F", "") == "a/b%20c/d%252F");
  BOOST_TEST(target_file("a/b", "hash") == "a/hash.b");
  for (const char* path : {"", "/a", "a/", "a//b", "..", "a/../b", "./a"}) {
    BOOST_TEST(error_of([&] { static_cast<void>(target_file(path, "")); }) == "trust.malformed",
               path);
  }
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
  Json snapshot = trust::write_snapshot({});
  snapshot["meta"] = {{"app.json", {{"version", 1U}}}};
  BOOST_TEST(error_of([&] { trust::read_snapshot(snapshot); }) == "trust.malformed");
  repository.edits["snapshot"] = [](Json& json) { json["meta"].erase("targets.json"); };
  BOOST_TEST(error_of([&] { walk(repository.publish()); }) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(hash_of_every_known_kind_must_match_and_an_unknown_kind_does_not_help) {
  const auto contents = as_bytes(Repository::kContents);
  const auto hashes = [](const Json& value) {
    return with_target([&](Json& target) { target["hashes"] = value; });
  };
  const std::string good256 = sha256(contents).hex();
  const std::string good512 = sha512(contents).hex();
  BOOST_TEST(hashes({{"sha512", good512}}) == "");
  BOOST_TEST(hashes({{"sha256", good256}, {"sha512", good512}, {"md5", "x"}}) == "");
  BOOST_TEST(hashes({{"sha256", good256}, {"sha512", std::string(128, '0')}}) == "trust.hash");
  BOOST_TEST(hashes({{"sha256", std::string(64, '0')}, {"sha512", good512}}) == "trust.hash");
  BOOST_TEST(hashes({{"sha512", good512.substr(2)}}) == "trust.malformed");
  BOOST_TEST(hashes({{"blake2b", good512}}) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(delegation_has_either_patterns_or_hash_bins) {
  Repository repository;
  const auto with = [&](const std::function<void(Json&)>& edit) {
    repository.edits["targets"] = [&](Json& json) { edit(json["delegations"]["roles"][0]); };
    return error_of([&] {
      const trust::TrustedSet set = walk(repository.publish());
      static_cast<void>(
          set.verify_target("app", Repository::kPath, as_bytes(Repository::kContents)));
    });
  };
  const std::string bin = sha256(as_bytes(Repository::kPath)).hex().substr(0, 2);
  const auto bins = [&](const Json& prefixes) {
    return with([&](Json& role) {
      role.erase("paths");
      role["path_hash_prefixes"] = prefixes;
    });
  };
  BOOST_TEST(bins({bin}) == "");
  BOOST_TEST(bins({"zz", bin.substr(0, 1)}) == "");
  BOOST_TEST(bins(Json::array()) == "trust.malformed");
  BOOST_TEST(bins({""}) == "trust.malformed");
  BOOST_TEST(bins({bin[0] == '0' ? "1" : "0"}) == "trust.malformed");
  BOOST_TEST(bins({7}) == "trust.malformed");
  BOOST_TEST(with([&](Json& role) { role["path_hash_prefixes"] = {bin}; }) == "trust.malformed");
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
