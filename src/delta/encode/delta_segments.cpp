#include "delta_segments.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "match/matcher.hpp"
#include "match/neighbourhood.hpp"
#include "match/partial_index.hpp"
#include "match/sample_index.hpp"
#include "model/known_program.hpp"
#include "model/page_digests.hpp"
#include "model/segment_bounds.hpp"
#include "program/program.hpp"
#include "search/aligned_copies.hpp"
#include "search/prefix_choice.hpp"
#include "search/table_copies.hpp"
#include "used_parts.hpp"
#include "write/predicted_writer.hpp"

namespace xppkg::delta {
namespace {

/// Samplings that find matches of nine and of eleven bytes and more.
constexpr Sampling kCoarseSampling{8, 2};
constexpr Sampling kFastSampling{8, 4};
/// And what does for a part of a large image, fifteen.
constexpr Sampling kFarSampling{8, 8};
constexpr std::uint64_t kSamplePiece = 1024 * 1024;

/// The operations of parts as those of the whole.
std::vector<Operation> joined(const PartOperations& parts) {
  std::vector<Operation> result;
  std::uint64_t literal = 0;
  for (const std::vector<Operation>& part : parts) {
    for (Operation operation : part) {
      operation.literal += std::exchange(literal, 0);
      if (operation.copy == 0)
        literal = operation.literal;
      else
        result.push_back(operation);
    }
  }
  if (literal > 0) result.push_back({literal, 0, 0});
  return result;
}

/// Undoes what a search took out of the new bytes.
void fill_digests(const SegmentPlace& place, const SegmentPlan& plan, MutableByteView new_bytes) {
  const std::vector<std::uint64_t> parts = borders(place.new_parts);
  for (const PairPlan& pair : plan.pairs) {
    PageDigestFilter(pair.page_digests)
        .pass(new_bytes.subspan(static_cast<std::size_t>(parts[pair.new_part] - place.begin),
                                static_cast<std::size_t>(place.new_parts[pair.new_part].size)));
  }
}

/// Many copies as short as this mean that the program was rebuilt; naming their places may cost
/// more than the bytes.
constexpr std::uint64_t kShortCopy = 16;

std::size_t longer_copies(std::span<const Operation> operations, std::uint64_t length) {
  return static_cast<std::size_t>(std::ranges::count_if(
      operations, [&](const Operation& operation) { return operation.copy > length; }));
}

std::uint64_t literals_in(std::span<const Operation> operations) {
  std::uint64_t count = 0;
  for (const Operation& operation : operations) count += operation.literal;
  return count;
}

/// Whether a reader takes it, which counts steps too.
bool is_quick(const SegmentPlan& plan, std::uint64_t output) {
  StepCount steps(output);
  bool is_quick = steps.take(plan.operations.size());
  for (const PairPlan& pair : plan.pairs) is_quick = is_quick && steps.take(mode_runs(pair.modes));
  return is_quick;
}

}  // namespace

DeltaSegments::DeltaSegments(Bytes image, std::span<const RandomReader* const> remote,
                             std::span<const Part> old_parts, std::span<const Part> new_parts,
                             std::span<const Stretch> stretches, const Compression& compression,
                             const SearchOptions& search)
    : image_(std::move(image)),
      new_parts_(new_parts),
      stretches_(stretches),
      compression_(compression),
      search_(search),
      known_(stretches.size()),
      packed_(stretches.size()),
      matched_(stretches.size()),
      memory_(memory_for_window(kMinWindowLog)) {
  table_.emplace(kSurveySampling, image_.size());
  table_->add(image_, 0);
  std::vector<std::uint64_t> sizes;
  for (const Part& part : old_parts.first(old_parts.size() - remote.size())) {
    sizes.push_back(part.size);
  }
  set_old_parts(sizes, remote);
}

void DeltaSegments::set_old_parts(std::span<const std::uint64_t> sizes,
                                  std::span<const RandomReader* const> remote) {
  old_parts_.clear();
  readers_.clear();
  ByteView rest = image_;
  for (const std::uint64_t size : sizes) {
    readers_.emplace_back(rest.first(static_cast<std::size_t>(size)));
    rest = rest.subspan(static_cast<std::size_t>(size));
  }
  for (const BufferReader& reader : readers_) old_parts_.push_back(&reader);
  old_parts_.insert(old_parts_.end(), remote.begin(), remote.end());
  old_bytes_.emplace(old_parts_);
}

SegmentPlace DeltaSegments::place(const Stretch& stretch) const {
  return {old_parts_, &*old_bytes_, new_parts_, stretch.begin, stretch.end};
}

void DeltaSegments::sample(const Sampling& sampling, const std::function<void()>& checkpoint) {
  far_table_.emplace(sampling, old_bytes_->size());
  const std::uint64_t piece = std::max<std::uint64_t>(kSamplePiece, sampling.stride);
  Bytes bytes;
  for (std::uint64_t at = 0; at < old_bytes_->size(); at += piece) {
    checkpoint();
    bytes.resize(static_cast<std::size_t>(std::min(piece, old_bytes_->size() - at)));
    old_bytes_->read_at(at, bytes);
    far_table_->add(bytes, at);
  }
}

void DeltaSegments::survey(std::size_t number, Bytes& new_bytes, const Advanced& advanced) {
  const Stretch& stretch = stretches_[number];
  known_[number] = survey_parts(place(stretch), *table_, search_.rounds > 0, new_bytes, advanced);
}

void DeltaSegments::end_survey() {
  table_.reset();
  std::vector<Survey> all;
  for (const PartSurveys& parts : known_) all.insert(all.end(), parts.begin(), parts.end());
  const bool is_fast = search_.rounds == 0;
  if (is_fast || std::ranges::any_of(all, &Survey::is_program)) {
    coarse_ = std::make_unique<SampleIndex>(image_, is_fast ? kFastSampling : kCoarseSampling);
  }
  if (!is_fast && !std::ranges::all_of(all, &Survey::is_program)) {
    fine_ = std::make_unique<PartialIndex>(image_, unsettled(image_, all, programs()));
  }
  indexes_ = {coarse_.get(), is_fast ? coarse_.get() : fine_.get()};
}

void DeltaSegments::end_matching() {
  indexes_ = {};
  coarse_.reset();
  fine_.reset();
}

void DeltaSegments::drop_unused_parts(std::vector<bool>& used) {
  const std::vector<std::uint64_t> parts = borders(old_parts_);
  for (const PartOperations& segment : matched_) {
    for (const std::vector<Operation>& part : segment) mark_used(part, parts, used);
  }
  const UsedImage image(parts, used);
  for (PartOperations& segment : matched_) {
    for (std::vector<Operation>& part : segment) part = image.moved(part);
  }
  image.compact(image_);
  std::vector<std::uint64_t> sizes;
  for (std::size_t part = 0; part < used.size(); ++part) {
    if (used[part]) sizes.push_back(parts[part + 1] - parts[part]);
  }
  set_old_parts(sizes, {});
}

std::vector<ByteRange> DeltaSegments::programs() const {
  std::vector<ByteRange> result;
  std::uint64_t begin = 0;
  for (const BufferReader& reader : readers_) {
    const std::uint64_t end = begin + reader.size();
    if (read_program(reader).processor != Processor::none) result.push_back({begin, end});
    begin = end;
  }
  return result;
}

void DeltaSegments::match(std::size_t number, Bytes& new_bytes, const Advanced& advanced) {
  matched_[number] =
      match_parts(place(stretches_[number]), indexes_, known_[number], new_bytes, advanced);
  for (const Survey& part : known_[number]) packed_[number] += total_size(part.packed);
  known_[number].clear();
}

Bytes DeltaSegments::make(std::size_t number, Bytes& new_bytes, const Advanced& advanced) {
  const Stretch& stretch = stretches_[number];
  Bytes segment =
      stretch.is_predicted ? predicted(number, new_bytes, advanced) : far(new_bytes, advanced);
  matched_[number].clear();
  return segment;
}

Bytes DeltaSegments::predicted(std::size_t number, Bytes& new_bytes, const Advanced& advanced) {
  const SegmentPlace here = place(stretches_[number]);
  std::vector<SegmentPlan> plans =
      search_segment(here, image_, matched_[number], new_bytes, search_, [&] { advanced(0); });
  Bytes shortest;
  const SegmentPlan* best = nullptr;
  for (SegmentPlan& plan : plans) {
    shorten(plan);
    const bool fits = memory_for(plan) <= kDeltaMemory && is_quick(plan, new_bytes.size());
    if (is_packed(number, plan) || !fits) continue;
    Bytes segment = written(here, plan, new_bytes, [&](std::size_t size) {
      advanced(shortest.empty() ? size : 0);  // each byte counts once
    });
    if (!shortest.empty() && segment.size() >= shortest.size()) continue;
    shortest = std::move(segment);
    best = &plan;
  }
  if (best == nullptr) {
    // Tables of short numbers look as if they were packed.
    const bool has_any_program =
        std::ranges::any_of(plans, [&](const auto& plan) { return has_program(plan); });
    auto tables = has_any_program ? std::nullopt : with_tables(number, new_bytes, advanced);
    if (tables) {
      Bytes segment = written(here, *tables, new_bytes, [&](std::size_t) { advanced(0); });
      if (segment.size() < new_bytes.size() / 2) {
        advanced(new_bytes.size());
        any_predicted_ = true;
        needs_newest_ = true;
        need(memory_for(*tables));
        return segment;
      }
    }
    fill_digests(here, plans.front(), new_bytes);
    return plain(joined(matched_[number]), new_bytes, advanced);
  }
  std::optional<SegmentPlan> numbers;
  std::optional<SegmentPlan> tables;
  if (!std::ranges::any_of(plans, [&](const auto& plan) { return has_program(plan); })) {
    numbers = aligned(number, new_bytes);
    if (numbers) take_shorter(here, *numbers, new_bytes, shortest, best);
    tables = with_tables(number, new_bytes, advanced);
    if (tables) take_shorter(here, *tables, new_bytes, shortest, best);
    const bool is_aligned = numbers && best == &*numbers;
    const auto operations = is_aligned ? numbers->operations : joined(matched_[number]);
    if (auto segment = plainer(operations, new_bytes, shortest)) return std::move(*segment);
  }
  any_predicted_ = true;
  if (best->has_moved_numbers || !best->tables.empty()) needs_newest_ = true;
  need(memory_for(*best));
  return prefixed(std::move(shortest), *best, new_bytes, advanced);
}

bool DeltaSegments::has_program(const SegmentPlan& plan) const {
  return std::ranges::any_of(plan.pairs, [&](const PairPlan& pair) {
    return read_program(*old_parts_[pair.old_part]).processor != Processor::none;
  });
}

std::optional<SegmentPlan> DeltaSegments::aligned(std::size_t number, ByteView new_bytes) const {
  auto parts = align_parts(place(stretches_[number]), image_, matched_[number], new_bytes);
  if (!parts) return std::nullopt;
  SegmentPlan plan;
  plan.operations = joined(*parts);
  if (memory_for(plan) > kDeltaMemory || !is_quick(plan, new_bytes.size())) return std::nullopt;
  return plan;
}

std::optional<SegmentPlan> DeltaSegments::with_tables(std::size_t number, ByteView new_bytes,
                                                      const Advanced& advanced) const {
  auto found = table_copies(place(stretches_[number]), image_, matched_[number], new_bytes,
                            [&](std::size_t) { advanced(0); });
  if (!found) return std::nullopt;
  SegmentPlan plan;
  plan.operations = joined(found->operations);
  plan.tables = std::move(found->tables);
  shorten(plan);
  if (memory_for(plan) > kDeltaMemory || !is_quick(plan, new_bytes.size())) return std::nullopt;
  return plan;
}

void DeltaSegments::take_shorter(const SegmentPlace& here, SegmentPlan& plan,
                                 const Bytes& new_bytes, Bytes& shortest,
                                 const SegmentPlan*& best) const {
  Bytes segment = written(here, plan, new_bytes, [](std::size_t) {});
  if (segment.size() >= shortest.size()) return;
  shortest = std::move(segment);
  best = &plan;
}

// Differences that are alike but seldom stand alike, as in columns of numbers, are shorter as
// zstd's streams: those find how far it is from one to the next.
std::optional<Bytes> DeltaSegments::plainer(std::span<const Operation> operations,
                                            const Bytes& new_bytes, ByteView shortest) {
  constexpr std::uint64_t kWorthIt = 512;
  ByteReader reader(shortest);
  reader.u64();
  const std::uint64_t control = reader.u64() & ~kModelFlags;
  // A segment of mostly literals gains nothing: they are the same in both forms.
  if (control < std::max<std::uint64_t>(kWorthIt, shortest.size() / 16)) return std::nullopt;
  // No more memory than models take: readers share it among their threads.
  const Compression within{compression_.level,
                           std::min(compression_.window_log, kPredictedWindowLog)};
  Bytes segment = write_segment(operations, old_bytes_at(), new_bytes, within, [](std::size_t) {});
  if (segment.size() >= shortest.size()) return std::nullopt;
  need(memory_for_window(within.window_log));
  return segment;
}

Bytes DeltaSegments::prefixed(Bytes segment, const SegmentPlan& plan, const Bytes& new_bytes,
                              const Advanced& advanced) {
  if (search_.rounds == 0) return segment;
  const std::uint64_t memory = memory_for(plan);
  const std::uint64_t literals = literals_in(plan.operations);
  std::uint64_t paired = 0;
  for (const PairPlan& pair : plan.pairs) paired += new_parts_[pair.new_part].size;
  const std::uint64_t most =
      std::min(kDeltaMemory - memory,
               largest_prefix(literals, new_bytes.size(), paired > new_bytes.size() / 2));
  const auto prefix = choose_prefix(plan.operations, image_.size(), most);
  if (!prefix) return segment;
  const ByteView bytes = ByteView(image_).subspan(static_cast<std::size_t>(prefix->begin),
                                                  static_cast<std::size_t>(prefix->size));
  const auto looked_at = [&](std::size_t) { advanced(0); };
  const int window_log = static_cast<int>(std::bit_width(prefix->size + literals - 1));
  auto shorter =
      with_prefixed_literals(segment, plan, new_bytes, *prefix, bytes,
                             {compression_.level, std::max(window_log, kMinWindowLog)}, looked_at);
  if (!shorter) return segment;
  need(memory + prefix->size);
  return std::move(*shorter);
}

Bytes DeltaSegments::written(const SegmentPlace& here, SegmentPlan& plan, const Bytes& new_bytes,
                             const Advanced& advanced) const {
  const Compression within{compression_.level,
                           std::min(compression_.window_log, kPredictedWindowLog)};
  Bytes segment = write_predicted_segment(here, plan, new_bytes, within, advanced);
  const std::size_t kept = longer_copies(plan.operations, kShortCopy);
  if (plan.operations.size() - kept < plan.operations.size() / 4) return segment;
  std::vector<Operation> all = std::exchange(plan.operations, {});
  plan.operations = longest_copies(all, kept);
  const auto looked_at = [&](std::size_t) { advanced(0); };
  Bytes other = write_predicted_segment(here, plan, new_bytes, within, looked_at);
  if (other.size() < segment.size()) return other;
  plan.operations = std::move(all);
  return segment;
}

bool DeltaSegments::is_packed(std::size_t number, const SegmentPlan& plan) const {
  const Stretch& stretch = stretches_[number];
  return plan.pairs.empty() && packed_[number] > (stretch.end - stretch.begin) / 2;
}

Bytes DeltaSegments::far(Bytes& new_bytes, const Advanced& advanced) {
  const auto looked_at = [&](std::size_t) { advanced(0); };
  const Survey known = delta::survey(*far_table_, *old_bytes_, new_bytes, kLeastMatch, looked_at);
  const Neighbourhood near(*old_bytes_, known.matches, new_bytes.size());
  std::vector<Operation> operations;
  {
    const SampleIndex index(near.image(), kFarSampling);
    operations = find_operations(index, new_bytes, near.localised(known), advanced);
  }
  need(memory_for_window(compression_.window_log));
  return write_segment(
      near.globalised(operations),
      [&](std::uint64_t position, std::uint64_t size) { return near.at(position, size); },
      new_bytes, compression_, looked_at);
}

OldBytesAt DeltaSegments::old_bytes_at() const {
  return [this](std::uint64_t position, std::uint64_t size) {
    return ByteView(image_).subspan(static_cast<std::size_t>(position),
                                    static_cast<std::size_t>(size));
  };
}

Bytes DeltaSegments::plain(std::vector<Operation> operations, const Bytes& new_bytes,
                           const Advanced& advanced) {
  need(memory_for_window(compression_.window_log));
  // Literals take the time. Copied bytes are reported at the end.
  std::size_t told = 0;
  Bytes segment =
      write_segment(operations, old_bytes_at(), new_bytes, compression_, [&](std::size_t size) {
        advanced(size);
        told += size;
      });
  advanced(new_bytes.size() - told);
  return segment;
}

void DeltaSegments::shorten(SegmentPlan& plan) const {
  constexpr std::uint64_t kEach = model_memory(kNewestModels).operation;
  const std::uint64_t memory = memory_for(plan);
  if (memory <= kDeltaMemory) return;
  const std::uint64_t others = memory - kEach * plan.operations.size();
  if (others + 2 * kEach > kDeltaMemory) return;
  const std::uint64_t most = (kDeltaMemory - others) / kEach - 1;
  plan.operations = longest_copies(plan.operations, static_cast<std::size_t>(most));
}

std::uint64_t DeltaSegments::memory_for(const SegmentPlan& plan) const {
  MemoryCount needed(kNewestMinor);
  needed.add_literals(false, kPredictedWindowLog);  // modelled ones need less
  for (const PairPlan& pair : plan.pairs) {
    const RandomReader& old_part = *old_parts_[pair.old_part];
    needed.add_pair(
        old_part.size(),
        known_program(read_program(old_part), kNewestMinor, new_parts_[pair.new_part].size), pair);
  }
  needed.add_operations(plan.operations.size());
  return needed.total();
}

void DeltaSegments::need(std::uint64_t memory) {
  std::uint64_t present = memory_;
  while (present < memory && !memory_.compare_exchange_weak(present, memory)) {
  }
}

std::uint16_t DeltaSegments::minor() const {
  if (needs_newest_) return kMinorMovedNumbers;
  return any_predicted_ ? kMinorExportTries : kMinorPlainCopies;
}

}  // namespace xppkg::delta
