#include "install/journal.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "fs/files.hpp"
#include "install/state.hpp"
#include "temp_folder.hpp"

namespace xppkg::install {
namespace {

using test::error_of;

Journal example() {
  Journal journal{"1.0", "2.0", {}};
  for (int kind = 0; kind < 7; ++kind) {
    Operation operation;
    operation.kind = static_cast<Operation::Kind>(kind);
    operation.path = "some folder/file " + std::to_string(kind);
    operation.number = static_cast<std::size_t>(kind) + 1;
    operation.replaces = kind % 2 == 0;
    operation.mode = 0755;
    operation.old_mode = 02555;
    if (kind == 6) operation.to = "some folder/FILE 6";
    if (kind == 0) operation.seen = "file 5 1700000000123456789";
    if (kind == 0) operation.rescue = "2.0-2/some folder/file 0";
    if (kind == 1) operation.place = "2.0/some folder/file 1";
    journal.operations.push_back(operation);
  }
  return journal;
}

std::string read_error(const std::string& text) {
  return error_of([&] { Journal::read(as_bytes(text)); });
}

/// A record as it stands in a journal, with its right checksum.
std::string record(const std::string& json) {
  return blake2b(as_bytes(json)).hex().substr(0, 16) + " " + json + "\n";
}

const std::string kHead = record(R"({"from":"","journal":"1.0","to":"2"})");
const std::string kEnd = record(R"({"end":1})");

std::string operation_with(const std::string& name, const std::string& value) {
  Json json{{"op", "put"},  {"path", "a"},   {"number", 1}, {"replaces", false},
            {"mode", 0644}, {"old_mode", 0}, {"place", ""}};
  json[name] = Json::parse(value);
  return kHead + record(canonical(json)) + kEnd;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(journal)

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
  const Journal made = example();
  const Journal found = Journal::read(as_bytes(made.write()));
  BOOST_TEST(found.from == "1.0");
  BOOST_TEST(found.to == "2.0");
  BOOST_TEST(found.write() == made.write());
  BOOST_TEST(found.operations.at(6).to == "some folder/FILE 6");
  BOOST_TEST(found.operations.at(0).seen == "file 5 1700000000123456789");
  BOOST_TEST(found.operations.at(0).rescue == "2.0-2/some folder/file 0");
  BOOST_TEST(found.operations.at(1).place == "2.0/some folder/file 1");
  BOOST_TEST(found.operations.at(5).old_mode == 02555u);
}

BOOST_AUTO_TEST_CASE(journal_with_truncated_tail_is_refused) {
  const std::string text = example().write();
  for (std::size_t size = 0; size < text.size(); ++size) {
    BOOST_TEST(read_error(text.substr(0, size)) == "corrupt.state", size);
  }
}

BOOST_AUTO_TEST_CASE(journal_with_one_byte_flipped_anywhere_is_refused) {
  const std::string text = example().write();
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const int bit : {1, 0x20, 0x80}) {
      std::string flipped = text;
      flipped[at] = static_cast<char>(flipped[at] ^ bit);
      BOOST_TEST(read_error(flipped) == "corrupt.state", at);
    }
  }
}

BOOST_AUTO_TEST_CASE(journal_with_too_many_too_few_or_foreign_records_is_refused) {
  const std::string text = example().write();
  BOOST_TEST(read_error(text + "\n") == "corrupt.state");
  BOOST_TEST(read_error(text + kEnd) == "corrupt.state");
  BOOST_TEST(read_error(kHead + kEnd) == "corrupt.state");
  BOOST_TEST(read_error(operation_with("mode", "420")) == "");
  BOOST_TEST(read_error(kHead + record("[]") + kEnd) == "corrupt.state");
  BOOST_TEST(read_error(record("{}")) == "corrupt.state");
}

BOOST_AUTO_TEST_CASE(journal_of_a_newer_format_is_not_guessed_at) {
  BOOST_TEST(read_error(record(R"({"from":"","journal":"2.0","to":"2"})")) == "unsupported.format");
}

BOOST_AUTO_TEST_CASE(operation_with_a_wrong_field_is_refused_though_its_checksum_is_right) {
  BOOST_TEST(read_error(operation_with("op", "\"format\"")) == "corrupt.state");
  BOOST_TEST(read_error(operation_with("path", "\"../a\"")) == "corrupt.state");
  BOOST_TEST(read_error(operation_with("path", "\"/a\"")) == "corrupt.state");
  BOOST_TEST(read_error(operation_with("place", "\"../../a\"")) == "corrupt.state");
  BOOST_TEST(read_error(operation_with("rescue", "\"../../a\"")) == "corrupt.state");
  BOOST_TEST(read_error(operation_with("number", "-1")) == "corrupt.state");
  BOOST_TEST(read_error(operation_with("replaces", "1")) == "corrupt.state");
  BOOST_TEST(read_error(operation_with("mode", "4096")) == "corrupt.state");
  BOOST_TEST(read_error(operation_with("old_mode", "65536")) == "corrupt.state");
  const std::string digits(Blake2b{}.hex().size(), 'a');
  BOOST_TEST(read_error(operation_with("old_digest", '"' + digits + '"')) == "");
  for (const std::string& digest :
       {digits + "a", digits.substr(1), "g" + digits.substr(1), "A" + digits.substr(1),
        "../" + digits.substr(3), std::string(" "), std::string(100'000, 'a')}) {
    BOOST_TEST(read_error(operation_with("old_digest", '"' + digest + '"')) == "corrupt.state");
  }
  BOOST_TEST(read_error(operation_with("old_digest", "7")) == "corrupt.state");
}

BOOST_AUTO_TEST_SUITE_END()

struct Folder {
  test::TempFolder folder;
  Layout layout{folder.path()};
  fs::FileSystem& disk = fs::native();

  Folder() { disk.make_directory(layout.state(), 0700); }
  std::string load_error(const Json& json) {
    test::write_text(layout.installed(), json.dump());
    return error_of([&] { load_installed(disk, layout); });
  }
};

BOOST_FIXTURE_TEST_SUITE(state, Folder)

BOOST_AUTO_TEST_CASE(installed_release_is_read_as_it_was_written) {
  BOOST_TEST(!load_installed(disk, layout).has_value());
  const Installed made{"app", "1.0", "any", blake2b({}), 1'700'000'000, true, 7};
  test::write_text(layout.installed(), write_installed(made));
  const Installed found = load_installed(disk, layout).value();
  BOOST_TEST(found.version == "1.0");
  BOOST_TEST((found.tree == made.tree));
  BOOST_TEST(found.at == made.at);
  BOOST_TEST(found.is_pilot);
  BOOST_TEST(found.decision == 7u);
}

BOOST_AUTO_TEST_CASE(damaged_installed_release_is_corrupt_state) {
  const Json good = Json::parse(write_installed({"app", "1.0", "any", blake2b({}), 0, true, 7}));
  BOOST_TEST(load_error(good) == "");
  for (const auto& [name, value] : good.items()) {
    Json changed = good;
    changed.erase(name);
    // Files of before these two were written have neither.
    const bool may_be_missing = name == "confirmed" || name == "starts";
    BOOST_TEST(load_error(changed) == (may_be_missing ? "" : "corrupt.state"), name);
    changed[name] = Json::array();
    BOOST_TEST(load_error(changed) == "corrupt.state", name);
  }
  Json changed = good;
  changed["tree"] = "no hex";
  BOOST_TEST(load_error(changed) == "corrupt.state");
  changed = good;
  changed["at"] = "yesterday";
  BOOST_TEST(load_error(changed) == "corrupt.state");
}

BOOST_AUTO_TEST_CASE(half_a_line_of_history_is_left_out_and_costs_no_other) {
  BOOST_TEST(load_history(disk, layout).empty());
  append_history(disk, layout, {1, "install", "", "1.0", "done", 5});
  append_history(disk, layout, {2, "apply", "1.0", "2.0", "done", 6});
  const std::string whole = test::read_text(layout.history());
  disk.truncate(layout.history(), whole.size() - 10);
  BOOST_TEST(load_history(disk, layout).size() == 1u);
  append_history(disk, layout, {3, "apply", "2.0", "3.0", "io.failed", 7});
  const auto history = load_history(disk, layout);
  BOOST_REQUIRE(history.size() == 2u);
  BOOST_TEST(history[1].to == "3.0");
  BOOST_TEST(history[1].result == "io.failed");
  BOOST_TEST(history[1].bytes == 7u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::install
