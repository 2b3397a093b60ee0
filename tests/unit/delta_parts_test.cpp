#include <boost/test/unit_test.hpp>
#include <set>

#include "delta/parts_decoder.hpp"
#include "failure.hpp"
#include "payloads.hpp"

namespace xppkg {
namespace {

using Choice = delta::PartsDecoder::Choice;
using Numbers = std::vector<std::size_t>;

constexpr std::size_t kBlock = delta::kBlockSize;

/// A full package cut into its header and its segments.
struct Pieces {
  explicit Pieces(const Bytes& payload) {
    std::size_t at = 0;
    for (const std::uint64_t size : delta::Decoder(BufferReader(payload)).pieces()) {
      const ByteView piece = ByteView(payload).subspan(at, size);
      pieces.emplace_back(piece.begin(), piece.end());
      at += size;
    }
  }

  [[nodiscard]] const Bytes& header() const { return pieces.front(); }
  Bytes& segment(std::size_t number) { return pieces.at(number + 1); }

  test::Files decode(const Choice& choice, const delta::DecodeLimits& limits = {}) {
    asked.clear();
    test::CollectingSink sink;
    Observer observer;
    const auto read = [&](std::size_t number) {
      asked.push_back(number);
      return segment(number);
    };
    delta::PartsDecoder(header(), limits).decode(choice, read, sink, observer);
    return sink.files();
  }
  std::string error_of(const Choice& choice) {
    return test::error_of([&] { decode(choice); });
  }

  std::vector<Bytes> pieces;
  Numbers asked;
};

/// Bytes that compress well and differ from place to place.
Bytes text(std::uint32_t seed, std::size_t size) {
  const Bytes word = test::noise(seed, 64);
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::uint8_t>(word[i % 64] + i / 4096);
  }
  return bytes;
}

/// Three segments: the borders of files and segments lie everywhere but together.
const test::Files& files() {
  static const test::Files made{
      text(1, 1000), {}, text(2, kBlock - 10), text(3, 10), {}, text(4, kBlock), text(5, 500), {}};
  return made;
}

Pieces package() {
  static const Bytes payload = [] {
    test::RawPayload raw;
    Bytes stream;
    for (const Bytes& file : files()) {
      raw.new_parts.push_back({static_cast<std::uint32_t>(raw.new_parts.size()), file.size()});
      stream.insert(stream.end(), file.begin(), file.end());
    }
    for (std::size_t at = 0; at < stream.size(); at += kBlock) {
      const ByteView piece = ByteView(stream).subspan(at, std::min(kBlock, stream.size() - at));
      raw.segments.push_back({piece.size(), {Bytes{}, Bytes{}, Bytes{}, test::frame(piece)}, {}});
    }
    return raw.bytes();
  }();
  return Pieces(payload);
}

Choice chosen(std::initializer_list<std::size_t> parts) {
  Choice choice(files().size());
  for (const std::size_t part : parts) choice[part] = true;
  return choice;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_parts)

BOOST_AUTO_TEST_CASE(every_choice_of_parts_gives_their_bytes_and_reads_their_segments_alone) {
  Pieces pieces = package();
  const Numbers of_part[] = {{0}, {}, {0, 1}, {1}, {}, {1, 2}, {2}, {}};
  for (unsigned bits = 0; bits < 256; bits += bits < 32 ? 1 : 31) {
    Choice choice(8);
    test::Files expected;
    std::set<std::size_t> segments;
    for (std::size_t part = 0; part < 8; ++part) {
      choice[part] = (bits >> part & 1) != 0;
      if (!choice[part]) continue;
      expected.push_back(files()[part]);
      segments.insert(of_part[part].begin(), of_part[part].end());
    }
    BOOST_TEST((pieces.decode(choice) == expected), "choice " << bits);
    BOOST_TEST((pieces.asked == Numbers(segments.begin(), segments.end())), "choice " << bits);
  }
}

BOOST_AUTO_TEST_CASE(package_of_the_encoder_is_read_in_parts) {
  const test::Files made{text(1, 100), text(2, kBlock), text(3, 100)};
  Pieces pieces(test::make_full(made));
  BOOST_TEST(pieces.pieces.size() == 3u);
  BOOST_TEST((pieces.decode({true, false, false}) == test::Files{made[0]}));
  BOOST_TEST((pieces.asked == Numbers{0}));
  BOOST_TEST((pieces.decode({false, false, true}) == test::Files{made[2]}));
  BOOST_TEST((pieces.asked == Numbers{1}));
  BOOST_TEST((pieces.decode({true, true, true}) == made));
}

BOOST_AUTO_TEST_CASE(number_of_segments_follows_from_the_sizes_of_the_parts) {
  BOOST_TEST(delta::PartsDecoder(package().header()).segments() == 3u);
  BOOST_TEST(delta::PartsDecoder(Pieces(test::make_full({})).header()).segments() == 0u);
}

BOOST_AUTO_TEST_CASE(header_that_is_cut_or_too_long_or_a_deltas_is_refused) {
  const auto error_of = [](ByteView header) {
    return test::error_of([&] { delta::PartsDecoder decoder(header); });
  };
  const Bytes whole = package().header();
  BOOST_TEST(error_of(whole) == test::kFine);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    BOOST_TEST(error_of(ByteView(whole).first(size)) == test::kCorrupt);
  }
  Bytes longer = whole;
  longer.push_back(0);
  BOOST_TEST(error_of(longer) == test::kCorrupt);
  BOOST_TEST(error_of(Pieces(test::example().payload.bytes()).header()) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(limits_of_the_header_hold) {
  delta::DecodeLimits limits;
  limits.output = 1000;
  BOOST_TEST(test::error_of([&] { package().decode(chosen({0}), limits); }) == test::kLimit);
  limits = {};
  limits.parts = 7;
  BOOST_TEST(test::error_of([&] { package().decode(chosen({0}), limits); }) == test::kLimit);
}

BOOST_AUTO_TEST_CASE(segment_that_is_cut_or_too_long_is_refused) {
  const Bytes whole = package().segment(2);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Pieces pieces = package();
    pieces.segment(2).resize(size);
    BOOST_TEST(pieces.error_of(chosen({6})) == test::kCorrupt);
  }
  Pieces pieces = package();
  pieces.segment(2).push_back(0);
  BOOST_TEST(pieces.error_of(chosen({6})) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(segment_of_another_place_or_length_is_refused) {
  Pieces pieces = package();
  pieces.segment(0) = pieces.segment(2);
  BOOST_TEST(pieces.error_of(chosen({0})) == test::kCorrupt);
  pieces.segment(2) = pieces.segment(1);
  BOOST_TEST(pieces.error_of(chosen({6})) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(copy_in_a_full_package_is_refused) {
  test::RawPayload raw;
  raw.new_parts = {{0, 4}};
  raw.segments = {{4, {test::frame(test::varints({0, 4, 0})), {}, {}, {}}, {}}};
  BOOST_TEST(Pieces(raw.bytes()).error_of({true}) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(every_changed_byte_of_a_segment_gives_an_error_or_other_bytes_but_no_harm) {
  const Bytes whole = package().segment(2);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    Pieces pieces = package();
    pieces.segment(2)[at] ^= 0x10;
    const std::string error = pieces.error_of(chosen({6}));
    BOOST_TEST((error == test::kFine || error == test::kCorrupt));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg
