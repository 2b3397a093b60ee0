// Segments whose old blocks are all of one mode, whatever they hold: written and read.

#include <boost/test/unit_test.hpp>
#include <random>

#include "delta/decode/predicted_reader.hpp"
#include "delta/search/pair_input.hpp"
#include "linked_programs.hpp"
#include "match/matcher.hpp"
#include "match/suffix_index.hpp"
#include "payloads.hpp"
#include "programs.hpp"
#include "wire/format.hpp"
#include "write/predicted_writer.hpp"

namespace xppkg::delta {
namespace {

using test::Target;

/// A new program made of an old one by copies that bytes alone suggest, all old blocks of one mode.
class SingleMode {
 public:
  SingleMode(const Bytes& old_file, const Bytes& new_file, Mode mode)
      : old_(old_file), new_file_(new_file) {
    const PairInput pair{old_file, new_file, read_program(old_),
                         read_program(BufferReader(new_file))};
    PairPlan one;
    one.new_base = pair.new_program.image_base;
    one.new_sections = corresponding_sections(pair.old_program, pair.new_program);
    one.modes.assign(mode_blocks(old_file.size()), mode);
    plan_ = {{one}, find_operations(SuffixIndex(old_file), new_file, {}, [](std::size_t) {})};
  }

  [[nodiscard]] Bytes write() const {
    return write_predicted_segment(place_, plan_, new_file_, {19, kPredictedWindowLog},
                                   [](std::size_t) {});
  }
  [[nodiscard]] Bytes read(const Bytes& segment) const {
    const BufferReader payload(segment);
    const SegmentHeader header = read_segment_header(payload, 0, new_file_.size(), kNewestMinor);
    BufferSink out;
    read_predicted_segment(payload, 0, header, place_, kDeltaMemory, out);
    return out.take();
  }

 private:
  BufferReader old_;
  const Bytes& new_file_;
  const RandomReader* old_part_ = &old_;
  Part new_part_{0, new_file_.size()};
  SegmentPlace place_{std::span(&old_part_, 1), &old_, std::span(&new_part_, 1), 0,
                      new_file_.size()};
  SegmentPlan plan_;
};

/// The size of a segment that comes back.
std::size_t checked_size(const Bytes& old_file, const Bytes& new_file, Mode mode) {
  const SingleMode segment(old_file, new_file, mode);
  const Bytes written = segment.write();
  BOOST_TEST((segment.read(written) == new_file));
  return written.size();
}

/// Texts of which some grew, and a table of where they lie, in no order.
struct Catalogue {
  Bytes old_file;
  Bytes new_file;
};

Catalogue make_catalogue() {
  constexpr std::uint32_t kTexts = 1000;
  Catalogue made;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> places;
  for (std::uint32_t i = 0; i < kTexts; ++i) {
    places.emplace_back(made.old_file.size(), made.new_file.size());
    const Bytes text = test::noise(i, 64);
    made.old_file.insert(made.old_file.end(), text.begin(), text.end());
    made.new_file.insert(made.new_file.end(), text.begin(), text.end());
    if (i % 25 == 0) made.new_file.resize(made.new_file.size() + 4 * i % 68);
  }
  std::ranges::shuffle(places, std::mt19937(1));
  for (const auto& [before, after] : places) {
    const std::size_t at = made.old_file.size();
    made.old_file.resize(at + 4);
    made.new_file.resize(made.new_file.size() + 4);
    test::put(made.old_file, at, before);
    test::put(made.new_file, made.new_file.size() - 4, after);
  }
  return made;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_single_mode)

BOOST_AUTO_TEST_CASE(programs_all_of_code_come_back_smaller_than_plain) {
  const test::Source before = test::make_source(1, 200);
  const test::Source after = changed(before, 2);
  for (const Target target : test::kTargets) {
    const Bytes old_file = link(before, target);
    const Bytes new_file = link(after, target);
    const std::size_t plain = checked_size(old_file, new_file, Mode::plain);
    const std::size_t code = checked_size(old_file, new_file, Mode::code);
    BOOST_TEST(code * 3 < plain * 2, "target " << static_cast<int>(target) << ": " << code
                                               << " and " << plain << " bytes");
  }
}

BOOST_AUTO_TEST_CASE(programs_all_of_data_come_back) {
  const test::Source before = test::make_source(1, 200);
  const test::Source after = changed(before, 2);
  for (const Target target : test::kTargets) {
    checked_size(link(before, target), link(after, target), Mode::data);
  }
}

BOOST_AUTO_TEST_CASE(a_table_of_places_all_of_data_costs_less_than_a_third_of_plain) {
  const Catalogue catalogue = make_catalogue();
  const std::size_t plain = checked_size(catalogue.old_file, catalogue.new_file, Mode::plain);
  const std::size_t data = checked_size(catalogue.old_file, catalogue.new_file, Mode::data);
  BOOST_TEST(data * 3 < plain, data << " and " << plain << " bytes");
}

BOOST_AUTO_TEST_CASE(files_that_are_no_programs_come_back_in_every_mode) {
  for (std::size_t size = 600; size < 608; ++size) {
    const Bytes old_file = test::noise(1, size);
    Bytes new_file = old_file;
    for (std::size_t i = 0; i < new_file.size(); i += 97) ++new_file[i];
    for (const Mode mode : {Mode::plain, Mode::code, Mode::data}) {
      checked_size(old_file, new_file, mode);
      checked_size(new_file, old_file, mode);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
