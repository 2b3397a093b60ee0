#include <boost/test/unit_test.hpp>
#include <ctime>
#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "fs/files.hpp"
#include "metadata_folder.hpp"
#include "proof_store.hpp"
#include "test_installation.hpp"

namespace xppkg::test {
namespace {

struct Fixture : TestInstallation {
  Fixture() {
    publish();
    init();
  }

  [[nodiscard]] std::map<std::string, std::string> state() const {
    std::map<std::string, std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(layout.state())) {
      if (entry.is_regular_file()) found[entry.path().string()] = read_text(entry.path());
    }
    return found;
  }

  [[nodiscard]] fs::Path proof_of(const Blake2b& of) const {
    return layout.proof() / (of.hex() + ".json");
  }

  client::ProofStore proofs{fs::native(), layout};
  const Blake2b tree = blake2b(as_bytes("a tree"));
  const Blake2b other_tree = blake2b(as_bytes("another"));
  const trust::ProofFiles files{to_bytes("the root"), to_bytes("the targets"), to_bytes("the app")};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(kept, Fixture)

BOOST_AUTO_TEST_CASE(root_that_its_own_keys_did_not_sign_is_not_kept) {
  const auto before = state();
  const Bytes strange = signed_by(trust::write_root(repository.root), {&repository.stranger});
  BOOST_TEST(error_of([&] { store().begin(strange, std::time(nullptr)); }) == "trust.signature");
  BOOST_TEST((state() == before));
}

BOOST_AUTO_TEST_CASE(user_who_may_not_write_reads_and_leaves_everything_as_it_was) {
  BOOST_TEST(refresh(std::time(nullptr)) == "");
  // Another key of the timestamp: its kept files must be forgotten, for this run.
  repository.root.version = 2;
  repository.root.roles["timestamp"] = repository.only(repository.stranger);
  repository.signers["timestamp"] = {&repository.stranger};
  repository.timestamp.issued = std::time(nullptr);
  publish(2);
  const auto before = state();
  BOOST_TEST(refresh(std::time(nullptr), /*may_save=*/false) == "");
  BOOST_TEST((state() == before));
}

BOOST_AUTO_TEST_CASE(removed_role_is_gone_at_once_and_for_the_next_run) {
  for (const bool may_save : {true, false}) {
    client::MetadataFolder(fs::native(), layout.trust(), true).save("x", as_bytes("text"));
    client::MetadataFolder roles(fs::native(), layout.trust(), may_save);
    BOOST_TEST(roles.load("x").has_value());
    roles.remove("x");
    BOOST_TEST(!roles.load("x").has_value());
    client::MetadataFolder next(fs::native(), layout.trust(), may_save);
    BOOST_TEST(next.load("x").has_value() != may_save);
  }
}

BOOST_AUTO_TEST_CASE(proof_is_read_back_as_it_was_saved) {
  proofs.save(tree, files);
  const auto found = proofs.load(tree);
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST((found->root == files.root && found->targets == files.targets));
  BOOST_TEST((found->package == files.package));
  BOOST_TEST(!proofs.load(other_tree).has_value());
}

BOOST_AUTO_TEST_CASE(proof_of_another_version_or_damaged_is_none) {
  proofs.save(tree, files);
  const Json sound = parse_strict(as_bytes(read_text(proof_of(tree))), Code::internal);
  for (const char* name : {"_type", "format", "root", "targets", "package"}) {
    Json json = sound;
    json[name] = name == std::string("format") ? Json("2.0") : Json(7);
    write_text(proof_of(tree), json.dump());
    BOOST_TEST(!proofs.load(tree).has_value(), name);
  }
  write_text(proof_of(tree), "{");
  BOOST_TEST(!proofs.load(tree).has_value());
  std::filesystem::resize_file(proof_of(tree), std::uintmax_t{1} << 40);
  BOOST_TEST(!proofs.load(tree).has_value());
}

BOOST_AUTO_TEST_CASE(proofs_of_other_releases_are_dropped_and_the_present_one_is_kept) {
  proofs.save(tree, files);
  proofs.save(other_tree, files);
  proofs.keep_only({tree});
  BOOST_TEST(proofs.load(tree).has_value());
  BOOST_TEST(!proofs.load(other_tree).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::test
