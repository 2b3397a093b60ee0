// Programs whose functions moved, for each processor and container: encoded and decoded.

#include <boost/test/unit_test.hpp>

#include "delta/outline.hpp"
#include "linked_programs.hpp"
#include "observers.hpp"
#include "payloads.hpp"
#include "programs.hpp"

namespace xppkg {
namespace {

using test::changed;
using test::Files;
using test::make_source;
using test::Source;
using test::Target;

std::vector<delta::OutlinedSegment> segments_of(ByteView payload) {
  return delta::read_outline(BufferReader(payload)).segments;
}
bool is_all_predicted(ByteView payload) {
  return std::ranges::all_of(segments_of(payload), &delta::OutlinedSegment::is_predicted);
}

/// The delta between the files, which must be predicted and come back.
Bytes checked_delta(const Files& old_files, const Files& new_files) {
  Bytes payload = test::make_delta(old_files, new_files);
  BOOST_TEST(is_all_predicted(payload));
  BOOST_TEST((test::decode(payload, old_files) == new_files));
  return payload;
}

/// The same files with all that their headers say of them gone.
Bytes without_header(Bytes file) {
  std::fill_n(file.begin(), 8, std::uint8_t{0});
  return file;
}

/// An ELF file that says of the same bytes not that they are symbols.
Bytes without_symbols(Bytes file) {
  const bool is_wide = file[4] == 2;
  const std::size_t size = is_wide ? 64 : 40;
  const std::size_t sections = file.size() - file[is_wide ? 60 : 48] * size;
  test::put(file, sections + 3 * size + 4, 1);
  return file;
}

/// A Mach-O file that says of the same bytes not that they are its function starts and export trie.
Bytes without_tables(Bytes file) {
  std::size_t place = 32;
  for (std::uint32_t left = file[16]; left > 0; --left) {
    const bool is_table = file[place] == 0x26 || file[place] == 0x33;
    const std::size_t size = file[place + 4] | std::size_t{file[place + 5]} << 8;
    if (is_table) test::put(file, place, 0x7f);
    place += size;
  }
  return file;
}

/// Takes everything and keeps nothing.
class NoSink final : public delta::PartSink {
 public:
  void begin(const delta::Part& /*part*/) override {}
  void write(ByteView /*bytes*/) override {}
  void end() override {}
};

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_prediction)

BOOST_AUTO_TEST_CASE(programs_whose_functions_moved_come_back) {
  for (const Target target : test::kTargets) {
    for (std::uint32_t seed = 0; seed < 3; ++seed) {
      const Source before = make_source(seed, 20 + 80 * seed);
      Source after = before;
      for (std::uint32_t i = 0; i <= seed; ++i) after = changed(after, seed * 10 + i);
      checked_delta({link(before, target)}, {link(after, target)});
      checked_delta({link(after, target)}, {link(before, target)});
    }
  }
}

BOOST_AUTO_TEST_CASE(references_that_moved_cost_less_than_half_where_the_processor_is_known) {
  for (const Target target : test::kTargets) {
    const Source before = make_source(1, 600);
    const Bytes old_file = link(before, target);
    const Bytes new_file = link(changed(before, 2), target);
    const std::size_t known = checked_delta({old_file}, {new_file}).size();
    const std::size_t unknown =
        test::make_delta({without_header(old_file)}, {without_header(new_file)}).size();
    BOOST_TEST(known * 2 < unknown, "target " << static_cast<int>(target) << ": " << known
                                              << " and " << unknown << " bytes");
  }
}

BOOST_AUTO_TEST_CASE(symbols_that_moved_cost_less_where_their_table_is_known) {
  for (const Target target : {Target::elf_x86_64, Target::elf_x86, Target::elf_arm64}) {
    const Source before = make_source(1, 2000);
    const Bytes old_file = link(before, target);
    const Bytes new_file = link(changed(changed(before, 2), 3), target);
    const std::size_t known = checked_delta({old_file}, {new_file}).size();
    const std::size_t unknown =
        checked_delta({without_symbols(old_file)}, {without_symbols(new_file)}).size();
    BOOST_TEST(known + 800 < unknown, "target " << static_cast<int>(target) << ": " << known
                                                << " and " << unknown << " bytes");
  }
}

BOOST_AUTO_TEST_CASE(exports_and_starts_of_functions_cost_less_where_their_tables_are_known) {
  const Source before = make_source(1, 2000);
  const Source after = changed(before, 2);
  for (const Target target : {Target::macho_x86_64, Target::macho_arm64}) {
    const Bytes old_file = link(before, target);
    const Bytes new_file = link(after, target);
    const std::size_t known = checked_delta({old_file}, {new_file}).size();
    const std::size_t unknown =
        checked_delta({without_tables(old_file)}, {without_tables(new_file)}).size();
    BOOST_TEST(known * 3 < unknown * 2, "target " << static_cast<int>(target) << ": " << known
                                                  << " and " << unknown << " bytes");
  }
}

BOOST_AUTO_TEST_CASE(a_program_of_another_container_or_processor_comes_back) {
  const Source source = make_source(1, 60);
  for (const Target before : test::kTargets) {
    for (const Target after : test::kTargets) {
      checked_delta({link(source, before)}, {link(changed(source, 2), after)});
    }
  }
}

BOOST_AUTO_TEST_CASE(several_programs_share_a_segment) {
  Files old_files;
  Files new_files;
  std::uint32_t seed = 0;
  for (const Target target : test::kTargets) {
    const Source source = make_source(++seed, 50);
    old_files.push_back(link(source, target));
    old_files.push_back({});
    new_files.push_back(link(changed(source, 1), target));
    new_files.push_back(test::noise(seed, 700));
  }
  const Bytes payload = checked_delta(old_files, new_files);
  BOOST_TEST(segments_of(payload).size() == 1u);
}

BOOST_AUTO_TEST_CASE(programs_that_were_renamed_swapped_doubled_or_merged_come_back) {
  const Source first = make_source(1, 60);
  const Source second = make_source(2, 60);
  for (const Target target : test::kTargets) {
    const Files old_files{link(first, target), link(second, target), test::noise(1, 300)};
    const Bytes one = link(changed(first, 3), target);
    const Bytes two = link(changed(second, 3), target);
    Bytes both = one;
    both.insert(both.end(), two.begin(), two.end());
    checked_delta(old_files, {two, one});
    checked_delta(old_files, {one, {}, one, link(changed(first, 4), target)});
    checked_delta(old_files, {both});
    checked_delta({both}, {one, two, to_bytes("x")});
  }
}

BOOST_AUTO_TEST_CASE(a_program_that_was_cut_or_spoilt_comes_back) {
  for (const Target target : test::kTargets) {
    const Bytes old_file = link(make_source(1, 60), target);
    for (std::uint32_t seed = 0; seed < 2; ++seed) {
      Bytes new_file = link(changed(make_source(1, 60), 5), target);
      const Bytes noise = test::noise(seed, 64);
      for (std::size_t i = 0; i + 1 < noise.size(); i += 2) {
        new_file[(noise[i] * 256u + noise[i + 1]) % new_file.size()] ^= noise[i];
      }
      new_file.resize(new_file.size() - seed * 1237);
      checked_delta({old_file}, {new_file});
      checked_delta({new_file}, {old_file});
    }
  }
}

BOOST_AUTO_TEST_CASE(identical_programs_give_identical_bytes_whatever_the_threads) {
  Files old_files;
  Files new_files;
  for (std::uint32_t seed = 0; seed < 2; ++seed) {
    const Source source = make_source(seed, 100);
    old_files.push_back(link(source, Target::pe_x86_64));
    // Large enough that each has a segment of its own.
    new_files.push_back(link(changed(source, 1), Target::pe_x86_64));
    new_files.push_back(Bytes(17u << 20, static_cast<std::uint8_t>(seed)));
  }
  const Bytes with_one = test::make_delta(old_files, new_files, 1);
  BOOST_TEST(segments_of(with_one).size() > 1u);
  for (const unsigned threads : {1u, 2u, 4u}) {
    BOOST_TEST((test::make_delta(old_files, new_files, threads) == with_one));
  }
  BOOST_TEST((test::decode(with_one, old_files) == new_files));
}

BOOST_AUTO_TEST_CASE(decoding_a_predicted_segment_can_be_cancelled) {
  const Source source = make_source(1, 1500);
  const Bytes old_file = link(source, Target::pe_x86_64);
  const Bytes payload = checked_delta({old_file}, {link(changed(source, 2), Target::pe_x86_64)});
  const BufferReader reader(payload);
  const BufferReader old_part(old_file);
  const std::array<const RandomReader*, 1> old_parts{&old_part};
  for (const int calls : {0, 1}) {
    NoSink sink;
    test::CancelAfter observer(calls);
    BOOST_CHECK_EXCEPTION(delta::Decoder(reader).decode(old_parts, sink, observer), Error,
                          [](const Error& error) { return error.code() == Code::cancelled; });
  }
}

BOOST_AUTO_TEST_CASE(searching_for_a_prediction_can_be_cancelled) {
  const Source source = make_source(1, 300);
  const Bytes old_file = link(source, Target::pe_x86_64);
  const Bytes new_file = link(changed(source, 2), Target::pe_x86_64);
  const BufferReader old_part(old_file);
  const BufferReader new_part(new_file);
  const std::array old_parts{delta::Input{0, &old_part}};
  const std::array new_parts{delta::Input{0, &new_part}};
  const auto encode = [&](Observer& observer) {
    BufferSink sink;
    const Blake2b tree = blake2b(as_bytes("tree"));
    delta::encode_delta(tree, old_parts, tree, new_parts, sink, {19, 1}, observer);
  };
  for (int calls = 0; calls < 2; ++calls) {
    test::CancelAfter observer(calls);
    BOOST_CHECK_EXCEPTION(encode(observer), Error,
                          [](const Error& error) { return error.code() == Code::cancelled; });
  }
}

BOOST_AUTO_TEST_CASE(a_predicted_payload_that_is_cut_anywhere_is_refused) {
  const Source source = make_source(1, 30);
  const Bytes old_file = link(source, Target::elf_x86_64);
  const Bytes payload = checked_delta({old_file}, {link(changed(source, 2), Target::elf_x86_64)});
  for (std::size_t size = 0; size < payload.size(); ++size) {
    BOOST_TEST_REQUIRE(test::decode_error(ByteView(payload).first(size), {old_file}) ==
                       test::kCorrupt);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg
