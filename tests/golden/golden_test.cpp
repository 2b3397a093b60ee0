// Payloads of every format version that was ever shipped, with the files they were made from
// (README.md). They are never made anew.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "payloads.hpp"

namespace xppkg {
namespace {

Bytes read_golden(const std::string& name) {
  const char* folder = std::getenv("XPPKG_GOLDEN");
  BOOST_TEST_REQUIRE(folder != nullptr);
  std::ifstream file(std::string(folder) + "/" + name, std::ios::binary);
  BOOST_TEST_REQUIRE(file.is_open(), name);
  return {std::istreambuf_iterator<char>(file), {}};
}

test::Files read_files(const std::string& prefix, int count) {
  test::Files files;
  for (int i = 0; i < count; ++i) files.push_back(read_golden(prefix + std::to_string(i)));
  return files;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_delta_of_format_1_0_rebuilds_the_new_files) {
  const Bytes payload = read_golden("delta-1.0.xpd");
  BOOST_TEST((test::decode(payload, read_files("old-", 3)) == read_files("new-", 5)));
}

BOOST_AUTO_TEST_CASE(the_full_package_of_format_1_0_holds_the_new_files) {
  const Bytes payload = read_golden("full-1.0.xpd");
  BOOST_TEST((test::decode(payload, {}) == read_files("new-", 5)));
}

BOOST_AUTO_TEST_CASE(what_is_written_today_is_decoded_to_the_same_files) {
  const test::Files old_files = read_files("old-", 3);
  const test::Files new_files = read_files("new-", 5);
  BOOST_TEST((test::decode(test::make_delta(old_files, new_files), old_files) == new_files));
  BOOST_TEST((test::decode(test::make_full(new_files), {}) == new_files));
}

// Programs, so that all kinds of predictions are there (README.md).
BOOST_AUTO_TEST_CASE(the_deltas_of_formats_1_1_to_1_3_rebuild_the_new_programs) {
  for (const std::string version : {"1.1", "1.2", "1.3"}) {
    for (const std::string name : {"pe-x86", "pe-x86-64", "macho-arm64"}) {
      const Bytes payload = read_golden("programs/" + name + "-" + version + ".xpd");
      const test::Files old_files{read_golden("programs/" + name + ".old")};
      const test::Files new_files{read_golden("programs/" + name + ".new")};
      BOOST_TEST((test::decode(payload, old_files) == new_files), name << " " << version);
    }
  }
}

// With a frame index that is made, and a base whose numbers count symbols.
BOOST_AUTO_TEST_CASE(the_delta_of_format_1_4_rebuilds_the_new_program) {
  const Bytes payload = read_golden("programs/elf-x86-64-1.4.xpd");
  const test::Files old_files{read_golden("programs/elf-x86-64.old")};
  const test::Files new_files{read_golden("programs/elf-x86-64.new")};
  BOOST_TEST((test::decode(payload, old_files) == new_files));
}

// With references in an export trie, and starts of functions that are made.
BOOST_AUTO_TEST_CASE(the_delta_of_format_1_5_rebuilds_the_new_program) {
  const Bytes payload = read_golden("programs/macho-x86-64-1.5.xpd");
  const test::Files old_files{read_golden("programs/macho-x86-64.old")};
  const test::Files new_files{read_golden("programs/macho-x86-64.new")};
  BOOST_TEST((test::decode(payload, old_files) == new_files));
}

BOOST_AUTO_TEST_CASE(the_delta_of_format_1_6_moves_the_offsets_of_a_list) {
  const Bytes payload = read_golden("texts/offsets-1.6.xpd");
  const test::Files old_files{read_golden("texts/offsets.old")};
  BOOST_TEST((test::decode(payload, old_files) == test::Files{read_golden("texts/offsets.new")}));
}

BOOST_AUTO_TEST_CASE(the_delta_of_format_1_6_moves_the_columns_of_a_table) {
  const Bytes payload = read_golden("tables/columns-1.6.xpd");
  const test::Files old_files{read_golden("tables/columns.old")};
  BOOST_TEST((test::decode(payload, old_files) == test::Files{read_golden("tables/columns.new")}));
}

BOOST_AUTO_TEST_CASE(the_delta_of_format_1_3_makes_the_same_edits_in_each_chapter) {
  const Bytes payload = read_golden("texts/chapters-1.3.xpd");
  const test::Files old_files{read_golden("texts/chapters.old")};
  BOOST_TEST((test::decode(payload, old_files) == test::Files{read_golden("texts/chapters.new")}));
}

BOOST_AUTO_TEST_SUITE(delta_document)

// The worked examples of manifests/DELTA.md §10, byte for byte as they stand there.
BOOST_AUTO_TEST_CASE(the_worked_examples_of_the_document_are_decoded_as_it_says) {
  const test::Files old_files{to_bytes("The quick brown fox jumps over the lazy dog.\n")};
  const test::Files new_files{to_bytes("A quick brown cat jumps over the lazy dog.\n"), {}};
  for (const std::string name :
       {"example-1.0.xpd", "example-1.1.xpd", "example-1.2.xpd", "example-1.3.xpd",
        "example-1.4.xpd", "example-1.5.xpd", "example-1.6.xpd"}) {
    BOOST_TEST((test::decode(read_golden(name), old_files) == new_files), name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg
