// Plans that no reader would take, for their memory or their steps: such segments go plain.

#include <boost/test/unit_test.hpp>
#include <random>

#include "code/reference_field.hpp"
#include "delta/outline.hpp"
#include "linked_programs.hpp"
#include "payloads.hpp"
#include "programs.hpp"
#include "wire/format.hpp"
#include "wire/operations.hpp"

namespace xppkg::delta {
namespace {

using test::Files;
using test::Target;

/// Whether the only segment of the delta between the files is predicted. The files come back.
bool is_predicted(const Files& old_files, const Files& new_files) {
  const Bytes payload = test::make_delta(old_files, new_files);
  BOOST_TEST((test::decode(payload, old_files) == new_files));
  const Outline outline = read_outline(BufferReader(payload));
  BOOST_TEST_REQUIRE(outline.segments.size() == 1u);
  BOOST_TEST(outline.header.memory <= kDeltaMemory);
  return outline.segments.front().is_predicted;
}

Bytes joined(Bytes first, ByteView second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// The program with other base relocations, of every type for every odd byte of its code: so many
/// that they take memory, and each has to move as its byte does.
Bytes with_relocations(Bytes file) {
  const Program program = read_program(BufferReader(file));
  const auto code = std::ranges::find_if(program.sections, &Section::is_code);
  std::vector<Relocation> relocations;
  for (std::uint64_t i = 0; i < code->size; ++i) {
    if (file[static_cast<std::size_t>(code->offset + i)] % 2 == 0) continue;
    const auto place = static_cast<std::uint32_t>(code->address + i - program.image_base);
    for (std::uint8_t type = 1; type < 16; ++type) relocations.push_back({place, type});
  }
  const Bytes table = write_relocations(std::move(relocations));
  const test::RawPe header;
  const std::size_t section = header.section_table() + 40 * 2;  // the last
  const std::uint32_t offset = word_at(file, section + 20);
  test::put(file, section + 8, table.size());
  test::put(file, section + 16, table.size());
  test::put(file, header.first_directory() + 8 * 5 + 4, table.size());
  file.resize(offset);
  return joined(std::move(file), table);
}

/// The same in pieces of that size, in no order.
Bytes shuffled(ByteView bytes, std::size_t piece) {
  std::vector<ByteView> pieces;
  for (; bytes.size() >= piece; bytes = bytes.subspan(piece)) pieces.push_back(bytes.first(piece));
  std::ranges::shuffle(pieces, std::mt19937(1));
  Bytes result;
  for (const ByteView one : pieces) result.insert(result.end(), one.begin(), one.end());
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_unfit_plan)

BOOST_AUTO_TEST_CASE(parts_whose_plan_takes_too_much_memory_go_plain) {
  // Each pair counts six bytes for each byte of relocations.
  const test::Source source = test::make_source(1, 240);
  const Bytes old_file = with_relocations(link(source, Target::pe_x86_64));
  const Bytes new_file = with_relocations(link(changed(source, 2), Target::pe_x86_64));
  BOOST_TEST(is_predicted({old_file}, Files(2, new_file)));
  // Digests that were taken out for the prediction are put back.
  const Bytes old_signed = link(source, Target::macho_arm64);
  Files many(9, new_file);
  many.insert(many.begin() + 4, link(changed(source, 2), Target::macho_arm64));
  BOOST_TEST(is_predicted({old_file, old_signed}, {many[3], many[4]}));
  BOOST_TEST(!is_predicted({old_file, old_signed}, many));
}

BOOST_AUTO_TEST_CASE(parts_of_more_operations_than_a_reader_takes_go_plain) {
  // One more for each sixteen bytes is taken, and some thousands.
  constexpr std::size_t kSize = 512 * 1024;
  const test::Source source = test::make_source(1, 100);
  const Bytes tail = test::noise(1, kSize);
  const Bytes old_file = joined(link(source, Target::elf_x86_64), tail);
  const Bytes new_file = link(changed(source, 2), Target::elf_x86_64);
  BOOST_TEST(is_predicted({old_file}, {joined(new_file, shuffled(tail, 64))}));
  BOOST_TEST(!is_predicted({old_file}, {joined(new_file, shuffled(tail, 10))}));
}

BOOST_AUTO_TEST_CASE(the_shortest_copies_become_literals) {
  const std::vector<Operation> all{{1, 50, 7}, {2, 8, 70}, {0, 20, 90}, {3, 9, 200}, {4, 0, 0}};
  const auto kept = [&](std::size_t most) {
    std::vector<std::array<std::uint64_t, 3>> result;
    for (const Operation& one : longest_copies(all, most)) {
      result.push_back({one.literal, one.copy, one.position});
    }
    return result;
  };
  using Kept = std::vector<std::array<std::uint64_t, 3>>;
  BOOST_TEST((kept(5) == Kept{{1, 50, 7}, {2, 8, 70}, {0, 20, 90}, {3, 9, 200}, {4, 0, 0}}));
  BOOST_TEST((kept(2) == Kept{{1, 50, 7}, {10, 20, 90}, {16, 0, 0}}));
  BOOST_TEST((kept(1) == Kept{{1, 50, 7}, {46, 0, 0}}));
  BOOST_TEST((kept(0) == Kept{{97, 0, 0}}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
