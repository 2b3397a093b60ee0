// The fields of an old program, asked for piece by piece and from everywhere.

#include "model/old_program.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <random>
#include <string>

#include "export_tries.hpp"

namespace xppkg::delta {
namespace {

constexpr std::size_t kSize = 5 * OldProgram::kChunk + 1234;

/// Instructions that name addresses near by, among others of one to six bytes; and garbage.
Bytes code(std::mt19937& random) {
  Bytes made(kSize);
  for (std::uint8_t& byte : made) byte = static_cast<std::uint8_t>(random());
  constexpr std::array<std::uint8_t, 4> kOpcodes{0xe8, 0xe9, 0x90, 0x50};
  for (std::size_t at = 0; at + 5 <= kSize;) {
    made[at] = kOpcodes[random() % kOpcodes.size()];
    if (random() % 50 == 0) at += random() % 16;
    if (at + 5 > kSize) break;
    if (made[at] < 0xe8) {
      ++at;
      continue;
    }
    const auto distance = static_cast<std::uint32_t>(random() % 4000) - 2000;
    for (unsigned i = 0; i < 4; ++i)
      made[at + 1 + i] = static_cast<std::uint8_t>(distance >> 8 * i);
    at += 5;
  }
  return made;
}

/// Runs of one mode, mostly of code.
Modes modes(std::mt19937& random) {
  Modes made(mode_blocks(kSize), Mode::code);
  for (std::size_t at = 0; at < made.size();) {
    const std::size_t run = std::min<std::size_t>(made.size() - at, 1 + random() % 30);
    const auto kind = random() % 6;
    const Mode mode = kind == 0 ? Mode::plain : kind == 1 ? Mode::data : Mode::code;
    std::fill_n(made.begin() + static_cast<std::ptrdiff_t>(at), run, mode);
    at += run;
  }
  return made;
}

struct OldFile {
  OldFile(Processor processor, std::uint32_t seed)
      : random(seed), bytes(code(random)), kinds(modes(random)) {
    program.processor = processor;
    program.sections = {{0, kSize, 0x10000, kSize, true}};
    program.image_base = 0x10000;
    put_trie();
    map = AddressMap(program, program.sections, 0, {});
  }

  /// In the middle, without regard to modes, chunks or words.
  void put_trie() {
    std::map<std::string, std::uint64_t> exports;
    for (std::uint32_t i = 0; i < 400; ++i) exports[std::to_string(random())] = random() % kSize;
    const Bytes trie = test::export_trie(exports);
    program.export_trie = {OldProgram::kChunk + 333, trie.size()};
    BOOST_TEST_REQUIRE(program.export_trie.offset + trie.size() < kSize);
    std::ranges::copy(trie, bytes.begin() + OldProgram::kChunk + 333);
  }

  std::mt19937 random;
  Bytes bytes;
  Modes kinds;
  Program program;
  AddressMap map{{}, {}, 0, {}};
  BufferReader reader{bytes};
};

/// The facts about the fields that begin in a part of a chunk.
using Told = std::vector<std::array<std::uint64_t, 5>>;
Told told(const OldProgram::Chunk& chunk, std::uint64_t begin, std::uint64_t end) {
  Told result;
  for (const Field& field : chunk.fields) {
    if (field.place < begin || field.place >= end) continue;
    result.push_back({field.place, field.target, field.is_word ? 1u : 0u,
                      static_cast<std::uint64_t>(field.kind), field.extra});
  }
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_old_program)

BOOST_AUTO_TEST_CASE(a_part_of_a_chunk_has_the_fields_that_the_whole_has_there) {
  for (const Processor processor : {Processor::x86_64, Processor::x86, Processor::arm64}) {
    OldFile file(processor, static_cast<std::uint32_t>(processor));
    OldProgram parts(file.reader, file.map, file.kinds);
    for (unsigned i = 0; i < 3000; ++i) {
      const std::uint64_t begin = file.random() % kSize;
      const std::uint64_t size = 1 + file.random() % (i % 3 == 0 ? 5000 : 100);
      const std::uint64_t number = begin / OldProgram::kChunk;
      const std::uint64_t end = std::min(begin + size, (number + 1) * OldProgram::kChunk);
      const Told part = told(parts.chunk_with(begin, end), begin, end);
      OldProgram whole(file.reader, file.map, file.kinds);
      BOOST_TEST_REQUIRE((part == told(whole.chunk(number), begin, end)));
    }
  }
}

BOOST_AUTO_TEST_CASE(numbers_of_an_export_trie_are_fields_where_nothing_else_is_known) {
  OldFile file(Processor::none, 5);
  file.kinds.assign(file.kinds.size(), Mode::plain);
  const std::uint64_t begin = file.program.export_trie.offset;
  const auto trie = ByteView(file.bytes).subspan(begin, file.program.export_trie.size);
  OldProgram program(file.reader, file.map, file.kinds);
  std::vector<Field> found;
  for (std::uint64_t chunk = 0; chunk <= kSize / OldProgram::kChunk; ++chunk) {
    const std::vector<Field>& fields = program.chunk(chunk).fields;
    found.insert(found.end(), fields.begin(), fields.end());
  }
  const std::vector<ExportNumber> numbers = find_export_numbers(trie);
  BOOST_TEST_REQUIRE(found.size() == numbers.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::uint64_t origin = numbers[i].counts_in_trie ? 0x10000 + begin : 0x10000;
    BOOST_TEST(found[i].place == begin + numbers[i].place);
    BOOST_TEST(found[i].target == origin + numbers[i].value);
    BOOST_TEST(number_origin(file.map, found[i], 0) ==
               (numbers[i].counts_in_trie ? 0x10000 + begin : 0u));
  }
  file.kinds.assign(file.kinds.size(), Mode::code);
  BOOST_TEST(OldProgram(file.reader, file.map, file.kinds).chunk(1).fields.empty());
}

BOOST_AUTO_TEST_CASE(a_chunk_gives_its_old_bytes_and_three_behind_it) {
  OldFile file(Processor::x86_64, 7);
  OldProgram program(file.reader, file.map, file.kinds);
  const std::uint64_t last = OldProgram::kChunk - 1;
  const ByteView bytes = program.chunk_with(last, last + 1).from(last);
  BOOST_TEST_REQUIRE(bytes.size() >= kFieldSize);
  BOOST_TEST(std::ranges::equal(bytes.first(kFieldSize), ByteView(file.bytes).subspan(last, 4)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
