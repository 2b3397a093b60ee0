// Sound patches of small programs, changed where it hurts: a range coder makes nothing but garbage
// out of a stream after the first change, so most changes are made to what a segment says before it
// is coded. The input is read as orders: the program and the kind of change, then the changes.

#include <map>

#include "delta_fuzz.hpp"
#include "linked_programs.hpp"
#include "match/suffix_index.hpp"
#include "predictions.hpp"
#include "search/segment_search.hpp"
#include "wire/zstd_stream.hpp"

namespace {

using xppkg::Bytes;
using xppkg::ByteView;
using xppkg::test::Files;

/// Two old files, the new ones, and what our encoder says of them.
struct Sound {
  Files old_files;
  std::vector<std::uint64_t> new_sizes;
  Bytes payload;
  xppkg::delta::SegmentPlan plan;
};

xppkg::delta::SegmentPlan plan_of(const Files& old_files, const Files& new_files) {
  Bytes image;
  Bytes new_bytes;
  std::vector<xppkg::BufferReader> readers(old_files.begin(), old_files.end());
  std::vector<const xppkg::RandomReader*> old_parts;
  for (const xppkg::BufferReader& reader : readers) old_parts.push_back(&reader);
  for (const Bytes& file : old_files) image.insert(image.end(), file.begin(), file.end());
  std::vector<xppkg::delta::Part> new_parts;
  for (const Bytes& file : new_files) {
    new_bytes.insert(new_bytes.end(), file.begin(), file.end());
    new_parts.push_back({static_cast<std::uint32_t>(new_parts.size()), file.size()});
  }
  const xppkg::BufferReader image_reader(image);
  const xppkg::delta::SegmentPlace place{old_parts, &image_reader, new_parts, 0, new_bytes.size()};
  const xppkg::delta::SuffixIndex index(image);
  const xppkg::delta::PartSurveys nothing_known(new_files.size());
  auto matched = match_parts(place, {&index, &index}, nothing_known, new_bytes, [](std::size_t) {});
  return search_segment(place, image, std::move(matched), new_bytes, {}, [] {}).front();
}

const Sound& sound(xppkg::test::Target target) {
  static std::map<xppkg::test::Target, Sound> made;
  const auto found = made.find(target);
  if (found != made.end()) return found->second;
  const xppkg::test::Source first = xppkg::test::make_source(1, 40);
  const xppkg::test::Source second = xppkg::test::make_source(2, 10);
  Sound one;
  one.old_files = {link(first, target), link(second, target)};
  const Files new_files{link(changed(second, 3), target), {}, link(changed(first, 4), target)};
  for (const Bytes& file : new_files) one.new_sizes.push_back(file.size());
  one.payload = xppkg::test::make_delta(one.old_files, new_files, 1);
  one.plan = plan_of(one.old_files, new_files);
  return made.emplace(target, std::move(one)).first->second;
}

/// The input, of which one number after the other is taken; zeros after its end.
class Orders {
 public:
  explicit Orders(ByteView bytes) : bytes_(bytes) {}
  [[nodiscard]] bool is_empty() const { return bytes_.empty(); }
  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    for (; size > 0; --size) {
      value = value << 8 | (bytes_.empty() ? 0u : bytes_.front());
      if (!bytes_.empty()) bytes_ = bytes_.subspan(1);
    }
    return value;
  }
  std::size_t below(std::size_t limit) {
    return limit == 0 ? 0 : static_cast<std::size_t>(number(2) % limit);
  }
  /// Another value for a number.
  std::uint64_t changed(std::uint64_t value) {
    switch (number(1) % 8) {
      case 0:
        return 0;
      case 1:
        return ~std::uint64_t{0};
      case 2:
        return ~std::uint64_t{0} - number(1);
      case 3:
        return value + 1;
      case 4:
        return value - 1;
      case 5:
        return value + number(2);
      case 6:
        return value ^ std::uint64_t{1} << number(1) % 64;
      default:
        return number(8);
    }
  }

 private:
  ByteView bytes_;
};

void change_pair(xppkg::delta::PairPlan& pair, Orders& orders) {
  const auto change = [&](auto& number) {
    number = static_cast<std::remove_reference_t<decltype(number)>>(orders.changed(number));
  };
  switch (orders.number(1) % 8) {
    case 0:
      return change(orders.number(1) % 2 == 0 ? pair.old_part : pair.new_part);
    case 1:
      return change(pair.new_base);
    case 2:
      return orders.number(1) % 2 == 0 ? change(pair.table_size) : change(pair.table_address);
    case 3:
      pair.bases.resize(orders.number(1) % (xppkg::delta::kMaxBases + 1));
      for (xppkg::delta::TableBase& base : pair.bases) {
        change(base.old_address);
        change(base.new_address);
        base.entry_size =
            1 + static_cast<std::uint32_t>(orders.number(2) % xppkg::delta::kMaxEntry);
      }
      return;
    case 4: {
      pair.page_digests.resize(orders.number(1) % 5);
      for (xppkg::delta::PageDigests& digests : pair.page_digests) {
        // Mostly something that a reader would fill.
        digests = {orders.number(2), 1, 12, 0, orders.number(2)};
        digests.count = static_cast<std::uint32_t>((digests.end + 4095) / 4096);
        if (orders.number(1) % 4 == 0) change(digests.slots);
        if (orders.number(1) % 4 == 0) change(digests.count);
        if (orders.number(1) % 4 == 0) change(digests.page_log);
        if (orders.number(1) % 4 == 0) change(digests.begin);
      }
      return;
    }
    case 5: {
      const std::size_t begin = orders.below(pair.modes.size());
      const std::size_t size = std::min(pair.modes.size() - begin, orders.below(100));
      const auto mode = static_cast<xppkg::delta::Mode>(orders.number(1) % xppkg::delta::kModes);
      std::fill_n(pair.modes.begin() + static_cast<std::ptrdiff_t>(begin), size, mode);
      return;
    }
    default: {
      if (pair.new_sections.empty()) return;
      xppkg::delta::Section& section = pair.new_sections[orders.below(pair.new_sections.size())];
      std::uint64_t* const numbers[] = {&section.offset, &section.size, &section.address,
                                        &section.extent};
      return change(*numbers[orders.number(1) % 4]);
    }
  }
}

void change_operation(xppkg::delta::Operation& operation, Orders& orders, std::uint64_t image) {
  switch (orders.number(1) % 4) {
    case 0:  // still within the image, or in a made table
      operation.position = orders.number(3) % (image + 64);
      return;
    case 1:  // some bytes of a copy become literal
      if (const std::uint64_t moved = orders.number(2); moved < operation.copy) {
        operation.literal += moved;
        operation.copy -= moved;
        operation.position += moved;
      }
      return;
    case 2:
      operation.literal = orders.changed(operation.literal);
      return;
    default:
      operation.copy = orders.changed(operation.copy);
  }
}

/// Literals in a frame that has a prefix, or names one that is not there.
void add_prefix(xppkg::test::RawPrediction& segment, Orders& orders) {
  std::uint64_t literals = 0;
  for (const auto& operation : segment.operations) literals += operation.literal % 100'000;
  xppkg::ByteWriter writer;
  writer.u64(orders.number(3));
  writer.u32(static_cast<std::uint32_t>(orders.number(3)));
  writer.raw(
      xppkg::delta::compress(xppkg::test::noise(1, static_cast<std::size_t>(literals % 100'000)),
                             {1, xppkg::delta::kPredictedWindowLog}, [](std::size_t) {}));
  segment.literals = writer.take();
  segment.are_literals_modelled = orders.number(1) % 8 == 1;
  segment.have_literals_prefix = true;
}

/// Our encoder's plan for the files, with changes, and noise for data.
/// Tables, of which many are as a reader takes them.
void add_tables(xppkg::test::RawPrediction& segment, Orders& orders) {
  segment.have_columns_moved = true;
  segment.have_numbers_moved = orders.number(1) % 16 == 1;
  std::uint64_t begin = 0;
  for (auto left = orders.number(1) % 4; left > 0; --left) {
    begin += orders.number(2);
    xppkg::delta::NumberTable table{begin, static_cast<std::uint32_t>(orders.number(1) % 40), {}};
    std::uint32_t end = 0;
    for (auto columns = orders.number(1) % 5; columns > 0; --columns) {
      end += static_cast<std::uint32_t>(orders.number(1) % 3);
      const auto width = static_cast<std::uint32_t>(orders.number(1) % 9 + 1);
      table.columns.push_back({end, width, width % 2 == 1});
      end += width;
    }
    segment.tables.push_back(std::move(table));
  }
}

Bytes changed_plan(const Sound& one, Orders& orders) {
  xppkg::test::RawPrediction segment;
  for (const std::uint64_t size : one.new_sizes) segment.output += size;
  segment.pairs = one.plan.pairs;
  segment.operations = one.plan.operations;
  segment.noise_bits = static_cast<std::uint32_t>(orders.number(2));
  segment.literals = xppkg::test::noise(segment.noise_bits, segment.noise_bits % 300);
  std::uint64_t image = 0;
  for (const Bytes& file : one.old_files) image += file.size();
  for (int changes = 0; changes < 16 && !orders.is_empty(); ++changes) {
    if (orders.number(1) % 2 == 0 && !segment.pairs.empty()) {
      change_pair(segment.pairs[orders.below(segment.pairs.size())], orders);
    } else if (!segment.operations.empty()) {
      change_operation(segment.operations[orders.below(segment.operations.size())], orders, image);
    }
  }
  using namespace xppkg::delta;
  constexpr std::array kMinors{kMinorMovedNumbers,   kMinorExportTries, kMinorPredictedCopies,
                               kMinorLogisticModels, kMinorLeanModels,  kMinorMadeIndexes};
  const std::uint16_t minor = kMinors[orders.number(1) % kMinors.size()];
  if (orders.number(1) % 4 == 1) add_prefix(segment, orders);
  segment.have_numbers_moved = orders.number(1) % 2 == 1;
  if (orders.number(1) % 4 == 1) add_tables(segment, orders);
  return xppkg::test::predicted_payload(one.old_files, one.new_sizes, {segment}, 64ull << 20,
                                        minor);
}

/// A sound patch with changed bytes, or one that goes on as another does.
Bytes changed_payload(const Sound& one, const Sound& other, Orders& orders) {
  Bytes payload = one.payload;
  if (orders.number(1) % 4 == 0) {
    const std::size_t at = orders.below(payload.size());
    const std::size_t from = orders.below(other.payload.size());
    payload.resize(at);
    payload.insert(payload.end(), other.payload.begin() + static_cast<std::ptrdiff_t>(from),
                   other.payload.end());
  }
  for (int changes = 0; changes < 8 && !orders.is_empty(); ++changes) {
    const std::size_t at = orders.below(payload.size());
    if (at < payload.size()) payload[at] ^= static_cast<std::uint8_t>(orders.number(1));
  }
  return payload;
}

/// Old files with changed bytes, of which those at the beginning make it a program.
Files changed_files(const Files& files, Orders& orders) {
  Files result = files;
  for (int changes = 0; changes < 8 && !orders.is_empty(); ++changes) {
    Bytes& file = result[orders.below(result.size())];
    const std::size_t at = orders.below(orders.number(1) % 2 == 0 ? 1024 : file.size());
    if (at < file.size()) file[at] ^= static_cast<std::uint8_t>(orders.number(1));
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Orders orders(ByteView(data, size));
  const auto target = [&] {
    return xppkg::test::kTargets[orders.number(1) % std::size(xppkg::test::kTargets)];
  };
  const Sound& one = sound(target());
  const std::uint64_t kind = orders.number(1);
  Bytes payload = one.payload;
  if (kind % 4 < 2) payload = changed_plan(one, orders);
  if (kind % 4 == 2) payload = changed_payload(one, sound(target()), orders);
  const Files old_files = kind % 8 > 2 ? changed_files(one.old_files, orders) : one.old_files;
  const std::vector<xppkg::BufferReader> readers(old_files.begin(), old_files.end());
  std::vector<const xppkg::RandomReader*> old_parts;
  for (const xppkg::BufferReader& reader : readers) old_parts.push_back(&reader);
  xppkg::fuzz::decode_bytes(payload, old_parts);
  return 0;
}
