// Hostile plans: the header of a predicted segment as an attacker would write it.

#include <boost/test/unit_test.hpp>

#include "linked_programs.hpp"
#include "model/segment_bounds.hpp"
#include "predictions.hpp"
#include "programs.hpp"

namespace xppkg {
namespace {

using delta::Mode;
using delta::Operation;
using delta::PairPlan;
using test::Files;
using test::RawPrediction;

constexpr std::uint64_t kMiB = 1024 * 1024;

/// The result of decoding when one segment makes one new part.
std::string_view outcome(const Files& old_files, std::uint64_t new_size,
                         const RawPrediction& segment, std::uint64_t memory = 64 * kMiB) {
  return test::decode_error(test::predicted_payload(old_files, {new_size}, {segment}, memory),
                            old_files);
}

std::string_view reason(ByteView payload, const Files& old_files,
                        const delta::DecodeLimits& limits = {}) {
  static std::string kept;
  try {
    test::decode(payload, old_files, limits);
    return "fine";
  } catch (const Error& error) {
    kept = error.fact("reason");
    return kept;
  }
}
std::string_view reason(const Files& old_files, const std::vector<std::uint64_t>& new_sizes,
                        const RawPrediction& segment) {
  return reason(test::predicted_payload(old_files, new_sizes, {segment}), old_files);
}

constexpr std::string_view kTooMuchMemory =
    "a segment that needs more memory than the payload states";
constexpr std::string_view kTooManySteps = "a segment that has too little output for its steps";

/// A PE file with as many sections as can be, and nothing in them.
Bytes many_sections() {
  test::RawPe raw;
  raw.sections.clear();
  raw.headers_size = 0x1000;
  raw.file_size = 0x1000;
  for (std::uint32_t i = 0; i < 60; ++i)
    raw.sections.push_back({0x1000, 0x1000 * (i + 1), 0, 0, 0});
  return raw.bytes();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hostile_plan)

BOOST_AUTO_TEST_CASE(a_plan_without_pairs_is_read) {
  BOOST_TEST(outcome({test::noise(1, 1000)}, 1000, {1000, {}, {{0, 1000, 0}}}) == test::kFine);
}

BOOST_AUTO_TEST_CASE(more_pairs_than_new_parts_are_refused) {
  const Bytes old_file = test::noise(1, 1000);
  RawPrediction segment{1000, {test::plain_pair(old_file, 0, 0)}, {{0, 1000, 0}}};
  BOOST_TEST(outcome({old_file}, 1000, segment) == test::kFine);
  segment.stated_pairs = 2;
  BOOST_TEST(reason({old_file}, {1000}, segment) == "more pairs than new parts");
  segment.stated_pairs = ~std::uint64_t{0};
  BOOST_TEST(reason({old_file}, {1000}, segment) == "more pairs than new parts");
}

BOOST_AUTO_TEST_CASE(a_pair_of_parts_that_are_not_there_is_refused) {
  const Bytes old_file = test::noise(1, 1000);
  for (const std::uint32_t wrong : {1u, 2u, 0x7fffffffu, 0xffffffffu}) {
    RawPrediction segment{1000, {test::plain_pair(old_file, 0, 0)}, {{0, 1000, 0}}};
    segment.pairs[0].old_part = wrong;
    BOOST_TEST(reason({old_file}, {1000}, segment) == "a pair without its old part");
    segment.pairs[0] = test::plain_pair(old_file, 0, wrong);
    BOOST_TEST(reason({old_file}, {1000}, segment) ==
               "a pair whose new part is not in its segment");
  }
}

BOOST_AUTO_TEST_CASE(a_pair_of_a_part_that_is_not_wholly_in_the_segment_is_refused) {
  const Bytes old_file = test::noise(1, 1000);
  const RawPrediction half{500, {test::plain_pair(old_file, 0, 0)}, {{0, 500, 0}}};
  BOOST_TEST(reason(test::predicted_payload({old_file}, {1000}, {half, half}), {old_file}) ==
             "a pair whose new part is not in its segment");
}

BOOST_AUTO_TEST_CASE(pairs_out_of_order_or_twice_are_refused) {
  const Bytes old_file = test::noise(1, 1000);
  for (const std::uint32_t second : {0u, 1u}) {
    const RawPrediction segment{
        2000, {test::plain_pair(old_file, 0, 1), test::plain_pair(old_file, 0, second)}, {}};
    BOOST_TEST(reason({old_file}, {1000, 1000}, segment) == "pairs out of order");
  }
}

BOOST_AUTO_TEST_CASE(a_pair_for_a_small_part_is_refused) {
  const Bytes old_file = test::noise(1, 1000);
  for (const std::uint64_t size : {0u, 1u, 511u}) {
    const RawPrediction segment{1000, {test::plain_pair(old_file, 0, 0)}, {{1000, 0, 0}}};
    BOOST_TEST(reason({old_file}, {size, 1000 - size}, segment) == "a pair for a small part");
  }
}

BOOST_AUTO_TEST_CASE(a_pair_with_an_empty_old_part_is_fine) {
  const RawPrediction segment{1000, {test::plain_pair({}, 0, 0)}, {{0, 1000, 0}}};
  BOOST_TEST(outcome({{}, test::noise(1, 1000)}, 1000, segment) == test::kFine);
}

BOOST_AUTO_TEST_CASE(empty_parts_between_others_are_made) {
  const Bytes old_file = test::noise(1, 2000);
  const RawPrediction segment{2000,
                              {test::plain_pair(old_file, 0, 1), test::plain_pair(old_file, 0, 4)},
                              {{0, 1000, 500}, {0, 1000, 0}}};
  const Bytes payload = test::predicted_payload({old_file}, {0, 1000, 0, 0, 1000, 0}, {segment});
  BOOST_TEST(test::decode(payload, {old_file}).size() == 6u);
}

BOOST_AUTO_TEST_CASE(operations_that_make_too_much_or_nothing_are_refused) {
  const Bytes old_file = test::noise(1, 1000);
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  for (const Operation& wrong :
       {Operation{1001, 0, 0}, Operation{kMost, 0, 0}, Operation{kMost, 1, 0},
        Operation{1, kMost, 0}, Operation{0, 1001, 0}, Operation{500, 501, 0},
        Operation{kMost, kMost, kMost}}) {
    BOOST_TEST(reason({old_file}, {1000}, {1000, {}, {wrong}}) ==
               "an operation past the end of its segment");
  }
  BOOST_TEST(reason({old_file}, {1000}, {1000, {}, {{0, 0, 0}}}) == "an operation without a copy");
  BOOST_TEST(reason({old_file}, {1000}, {1000, {}, {{500, 0, 0}, {500, 0, 0}}}) ==
             "an operation without a copy");
}

BOOST_AUTO_TEST_CASE(copies_from_outside_the_old_image_are_refused) {
  const Bytes old_file = test::noise(1, 1000);
  for (const std::uint64_t position : {std::uint64_t{1}, std::uint64_t{999}}) {
    BOOST_TEST(reason({old_file}, {1000}, {1000, {}, {{0, 1000, position}}}) ==
               "a copy past the end of the old image");
  }
  for (const std::uint64_t position :
       {std::uint64_t{1000}, std::uint64_t{1} << 63, ~std::uint64_t{0} - 999, ~std::uint64_t{0}}) {
    const RawPrediction with_pair{1000, {test::plain_pair(old_file, 0, 0)}, {{0, 1000, position}}};
    BOOST_TEST(reason({old_file}, {1000}, with_pair) == "a copy from outside the old image");
    BOOST_TEST(reason({old_file}, {1000}, {1000, {}, {{0, 1000, position}}}) ==
               "a copy from outside the old image");
  }
}

BOOST_AUTO_TEST_CASE(a_copy_over_the_border_of_new_parts_is_refused) {
  const Bytes old_file = test::noise(1, 2000);
  BOOST_TEST(reason({old_file}, {1000, 1000}, {2000, {}, {{0, 1001, 0}, {0, 999, 0}}}) ==
             "a copy over the border of parts");
}

BOOST_AUTO_TEST_CASE(a_copy_from_a_made_table_ends_where_the_table_does) {
  const Bytes old_file = link(test::make_source(1, 50), test::Target::pe_x86_64);
  const std::uint64_t image = old_file.size();
  PairPlan pair = test::plain_pair(old_file, 0, 0);
  pair.table_size = 600;
  const auto copied = [&](std::uint64_t size, std::uint64_t position) {
    return RawPrediction{1000, {pair}, {{0, size, position}, {1000 - size, 0, 0}}};
  };
  BOOST_TEST(outcome({old_file}, 1000, copied(600, image)) == test::kFine);
  BOOST_TEST(outcome({old_file}, 1000, copied(1, image + 599)) == test::kFine);
  for (const auto& [size, position] : {std::pair{601u, 0u}, {1u, 600u}, {2u, 599u}}) {
    BOOST_TEST(reason({old_file}, {1000}, copied(size, image + position)) ==
               "a copy from outside the old image");
  }
  // A part without a pair has no table either.
  const RawPrediction other{2000, {pair}, {{1000, 600, image}, {400, 0, 0}}};
  BOOST_TEST(reason({old_file}, {1000, 1000}, other) == "a copy from outside the old image");
}

BOOST_AUTO_TEST_CASE(a_table_larger_than_its_new_part_is_refused) {
  const Bytes old_file = link(test::make_source(1, 500), test::Target::pe_x86);
  const std::uint64_t relocations = delta::read_program(BufferReader(old_file)).address_table.size;
  PairPlan pair = test::plain_pair(old_file, 0, 0);
  pair.table_size = 1;
  BOOST_TEST_REQUIRE(relocations > 1000u);
  const auto made = [&](std::uint64_t size) {
    return reason({old_file}, {size}, {size, {pair}, {{0, size, 0}}});
  };
  BOOST_TEST(made(relocations) == "fine");
  BOOST_TEST(made(relocations - 1) == "a table that is too large");
  pair.table_size = relocations + 1;
  BOOST_TEST(made(relocations) == "a table that is too large");
  pair.table_size = ~std::uint64_t{0};
  BOOST_TEST(made(relocations) == "a table that is too large");
}

BOOST_AUTO_TEST_CASE(a_frame_index_is_made_for_any_address_and_size_that_is_stated) {
  const Bytes old_file = link(test::make_source(1, 50), test::Target::elf_x86_64);
  const std::uint64_t image = old_file.size();
  PairPlan pair = test::plain_pair(old_file, 0, 0);
  for (const std::uint64_t address : {std::uint64_t{0}, ~std::uint64_t{0}, pair.new_base}) {
    pair.table_address = address;
    for (const std::uint64_t size : {1u, 11u, 12u, 412u, 999u}) {
      pair.table_size = size;
      const RawPrediction segment{1000, {pair}, {{0, size, image}, {1000 - size, 0, 0}}};
      BOOST_TEST(outcome({old_file}, 1000, segment) == test::kFine);
    }
  }
}

BOOST_AUTO_TEST_CASE(before_the_version_that_knows_it_a_table_is_none) {
  const auto made = [](test::Target target, std::uint16_t minor) {
    const Bytes old_file = link(test::make_source(1, 1000), target);
    BOOST_TEST_REQUIRE(delta::read_program(BufferReader(old_file)).address_table.size > 600u);
    PairPlan pair = test::plain_pair(old_file, 0, 0);
    pair.table_size = 1;
    const RawPrediction segment{600, {pair}, {{0, 1, old_file.size()}, {599, 0, 0}}};
    return reason(test::predicted_payload({old_file}, {600}, {segment}, 64 * kMiB, minor),
                  {old_file});
  };
  const auto frame_index = test::Target::elf_x86_64;
  BOOST_TEST(made(frame_index, delta::kMinorMadeIndexes) == "a table that is too large");
  BOOST_TEST(made(frame_index, delta::kMinorLeanModels) == "fine");
  const auto function_starts = test::Target::macho_arm64;
  BOOST_TEST(made(function_starts, delta::kMinorExportTries) == "a table that is too large");
  BOOST_TEST(made(function_starts, delta::kMinorMadeIndexes) == "fine");
}

BOOST_AUTO_TEST_CASE(an_export_trie_is_counted_as_memory) {
  const Bytes old_file = link(test::make_source(1, 30'000), test::Target::macho_x86_64);
  const std::uint64_t trie = delta::read_program(BufferReader(old_file)).export_trie.size;
  const auto outcome_with = [&](std::uint64_t memory, std::uint16_t minor) {
    const RawPrediction segment{
        old_file.size(), {test::plain_pair(old_file, 0, 0)}, {{0, old_file.size(), 0}}};
    return reason(test::predicted_payload({old_file}, {old_file.size()}, {segment}, memory, minor),
                  {old_file});
  };
  const std::uint64_t without = 23 * kMiB + kMiB / 2 + old_file.size() / 16;
  BOOST_TEST_REQUIRE(4 * trie > kMiB);
  BOOST_TEST(outcome_with(without, delta::kMinorMadeIndexes) == "fine");
  BOOST_TEST(outcome_with(without, delta::kMinorExportTries) == kTooMuchMemory);
  BOOST_TEST(outcome_with(without + 4 * trie, delta::kMinorExportTries) == "fine");
}

BOOST_AUTO_TEST_CASE(many_pairs_are_counted_as_memory) {
  const Bytes old_file = many_sections();
  BOOST_TEST_REQUIRE(delta::read_program(BufferReader(old_file)).sections.size() > 60u);
  constexpr std::uint32_t kParts = 20'000;
  RawPrediction segment;
  for (std::uint32_t i = 0; i < kParts; ++i) {
    segment.pairs.push_back(test::plain_pair(old_file, 0, i));
    segment.operations.push_back({0, 512, 0});
  }
  segment.output = kParts * 512;
  BOOST_TEST(reason({old_file}, std::vector<std::uint64_t>(kParts, 512), segment) ==
             kTooMuchMemory);
}

BOOST_AUTO_TEST_CASE(slots_of_page_digests_are_counted_as_memory) {
  const Bytes old_file(512 * 1024);
  PairPlan pair = test::plain_pair(old_file, 0, 0);
  constexpr std::uint64_t kSize = 100 * kMiB;
  const std::uint32_t pages = kSize / 512;
  pair.page_digests.assign(4, {kSize, pages, 9, 0, kSize});
  RawPrediction segment{kSize, {pair}, {}};
  for (std::uint64_t at = 0; at < kSize; at += old_file.size()) {
    segment.operations.push_back({0, old_file.size(), 0});
  }
  const auto payload = test::predicted_payload({old_file}, {kSize}, {segment}, 40 * kMiB);
  BOOST_TEST(reason(payload, {old_file}) == kTooMuchMemory);
}

BOOST_AUTO_TEST_CASE(modes_of_a_large_old_file_are_counted_as_memory) {
  const Bytes old_file(4 * kMiB);
  RawPrediction segment;
  for (std::uint32_t i = 0; i < 100; ++i) {
    segment.pairs.push_back(test::plain_pair(old_file, 0, i));
    segment.operations.push_back({0, 512, 0});
  }
  segment.output = 100 * 512;
  const std::vector<std::uint64_t> sizes(100, 512);
  const auto payload = test::predicted_payload({old_file}, sizes, {segment}, 40 * kMiB);
  BOOST_TEST(reason(payload, {old_file}) == kTooMuchMemory);
}

BOOST_AUTO_TEST_CASE(a_memory_bound_below_what_the_models_take_is_refused) {
  const Bytes old_file = test::noise(1, 1000);
  const RawPrediction segment{1000, {}, {{0, 1000, 0}}};
  const auto within = [&](std::uint64_t memory, std::uint16_t minor) {
    return reason(test::predicted_payload({old_file}, {1000}, {segment}, memory, minor),
                  {old_file});
  };
  for (const std::uint16_t minor : {delta::kMinorLogisticModels, delta::kMinorLeanModels,
                                    delta::kMinorMadeIndexes, delta::kMinorExportTries}) {
    BOOST_TEST(within(24 * kMiB, minor) == "fine");
    BOOST_TEST(within(22 * kMiB, minor) == kTooMuchMemory);
  }
  BOOST_TEST(within(31 * kMiB, delta::kMinorPredictedCopies) == "fine");
  BOOST_TEST(within(29 * kMiB, delta::kMinorPredictedCopies) == kTooMuchMemory);
}

BOOST_AUTO_TEST_CASE(count_of_operations_that_would_wrap_fits_no_memory) {
  for (const unsigned bits : {50u, 60u, 62u, 63u}) {
    delta::MemoryCount needed(delta::kNewestMinor);
    needed.add_operations(std::uint64_t{1} << bits);
    BOOST_TEST(!needed.fits(std::uint64_t{1} << 40));
  }
}

BOOST_AUTO_TEST_CASE(operations_of_a_byte_are_refused_where_they_are_too_many) {
  const Bytes old_file(8 * kMiB);
  const auto made = [&](std::uint64_t count) {
    RawPrediction segment{count, {test::plain_pair(old_file, 0, 0)}, {}};
    for (std::uint64_t i = 0; i < count; ++i) {
      segment.operations.push_back({0, 1, (i * 4096) % old_file.size()});
    }
    return reason({old_file}, {count}, segment);
  };
  BOOST_TEST(made(4096) == "fine");
  BOOST_TEST(made(5000) == kTooManySteps);
}

BOOST_AUTO_TEST_CASE(modes_that_change_with_each_block_are_refused_where_they_are_too_many) {
  const auto made = [&](std::size_t blocks) {
    const Bytes old_file(blocks * 64);
    PairPlan pair = test::plain_pair(old_file, 0, 0);
    for (std::size_t i = 0; i < blocks; i += 2) pair.modes[i] = Mode::data;
    return reason({old_file}, {1600}, {1600, {pair}, {{0, 1600, 0}}});
  };
  BOOST_TEST(made(4096 + 99) == "fine");
  BOOST_TEST(made(4096 + 100) == kTooManySteps);
}

BOOST_AUTO_TEST_CASE(predicted_segments_that_make_next_to_nothing_are_refused) {
  const Bytes old_file(100);
  const RawPrediction segment{1, {}, {{0, 1, 0}}};
  const auto made = [&](std::size_t count) {
    return reason(
        test::predicted_payload({old_file}, {count}, std::vector<RawPrediction>(count, segment)),
        {old_file});
  };
  BOOST_TEST(made(16) == "fine");
  BOOST_TEST(made(17) == "too many predicted segments");
}

BOOST_AUTO_TEST_CASE(data_that_is_noise_makes_something_or_is_refused) {
  for (const test::Target target : test::kTargets) {
    const Bytes old_file = link(test::make_source(1, 40), target);
    PairPlan pair = test::plain_pair(old_file, 0, 0);
    for (std::size_t i = 0; i < pair.modes.size(); ++i) {
      pair.modes[i] = static_cast<Mode>(i / 7 % 3);
    }
    pair.bases = {{0, 0, 3},
                  {~std::uint64_t{0}, 1, delta::kMaxEntry},
                  {pair.new_base + 0x1000, ~std::uint64_t{0}}};
    pair.new_base = ~std::uint64_t{0} - 5;
    for (std::size_t i = 0; i < pair.new_sections.size(); ++i) {
      pair.new_sections[i].address = ~std::uint64_t{0} - i;
      pair.new_sections[i].offset = i % 2 == 0 ? 0 : ~std::uint64_t{0} - 3 * i;
      pair.new_sections[i].size = ~std::uint64_t{0};
    }
    const RawPrediction segment{old_file.size(), {pair}, {{0, old_file.size(), 0}}, {}, 5000};
    for (const std::uint16_t minor :
         {delta::kMinorPredictedCopies, delta::kMinorLogisticModels, delta::kMinorLeanModels,
          delta::kMinorMadeIndexes, delta::kMinorExportTries}) {
      const Bytes payload =
          test::predicted_payload({old_file}, {old_file.size()}, {segment}, 64 * kMiB, minor);
      BOOST_TEST(test::decode_error(payload, {old_file}) == test::kFine);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg
