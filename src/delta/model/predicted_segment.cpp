#include "model/predicted_segment.hpp"

#include "model/derived_table.hpp"
#include "model/known_program.hpp"

namespace xppkg::delta {
namespace {

constexpr std::uint64_t kPlainPiece = 64 * 1024;
constexpr std::uint64_t kAhead = 4096;

/// Grows only: what a buffer gains is filled with zeros each time.
MutableByteView first_of(Bytes& buffer, std::uint64_t size) {
  const auto wanted = static_cast<std::size_t>(size);
  if (buffer.size() < wanted) buffer.resize(wanted);
  return MutableByteView(buffer).first(wanted);
}

}  // namespace

std::vector<Equivalence> equivalences_of(std::span<const Operation> operations,
                                         std::uint64_t operations_begin, std::uint64_t old_begin,
                                         std::uint64_t old_end, std::uint64_t new_begin,
                                         std::uint64_t new_end) {
  std::vector<Equivalence> result;
  result.reserve(operations.size());
  std::uint64_t at = operations_begin;
  for (const Operation& operation : operations) {
    at += operation.literal;
    const bool is_new = at >= new_begin && at < new_end;
    const bool is_old = operation.position >= old_begin && operation.position <= old_end &&
                        operation.copy <= old_end - operation.position;
    if (is_new && is_old && operation.copy > 0) {
      result.push_back({static_cast<std::uint32_t>(operation.position - old_begin),
                        static_cast<std::uint32_t>(at - new_begin),
                        static_cast<std::uint32_t>(operation.copy)});
    }
    at += operation.copy;
    if (at >= new_end) break;
  }
  return result;
}

SegmentWalk::SegmentWalk(const SegmentPlace& place, const SegmentPlan& plan, std::uint16_t minor)
    : place_(place),
      plan_(plan),
      new_borders_(borders(place.new_parts)),
      old_borders_(borders(place.old_parts)),
      minor_(minor),
      at_(place.begin),
      first_begin_(place.begin) {
  part_ =
      static_cast<std::size_t>(std::ranges::upper_bound(new_borders_, at_) - new_borders_.begin()) -
      1;
  part_begin_ = new_borders_[part_];
  enter_part();
}

SegmentWalk::~SegmentWalk() = default;

void SegmentWalk::enter_part() {
  pair_.reset();
  chunk_ = nullptr;
  table_.clear();
  while (next_pair_ < plan_.pairs.size() && plan_.pairs[next_pair_].new_part < part_) ++next_pair_;
  if (next_pair_ == plan_.pairs.size() || plan_.pairs[next_pair_].new_part != part_) return;
  const PairPlan& pair = plan_.pairs[next_pair_];
  const RandomReader& old_file = *place_.old_parts[pair.old_part];
  old_begin_ = old_borders_[pair.old_part];
  find_first_operation();
  AddressMap map(
      known_program(read_program(old_file), minor_, new_borders_[part_ + 1] - part_begin_),
      pair.new_sections, pair.new_base,
      equivalences_of(std::span(plan_.operations).subspan(first_operation_), first_begin_,
                      old_begin_, old_begin_ + old_file.size(), part_begin_,
                      new_borders_[part_ + 1]));
  if (pair.table_size > 0) fill_table(pair, old_file, map);
  pair_ = std::make_unique<ProgramPair>(old_file, std::move(map), pair.modes, pair.bases,
                                        models_of(minor_));
}

// Goes on where it stopped in the part before: or many parts would take the square of their time.
void SegmentWalk::find_first_operation() {
  const auto end = [&] {
    const Operation& operation = plan_.operations[first_operation_];
    return first_begin_ + operation.literal + operation.copy;
  };
  while (first_operation_ < plan_.operations.size() && end() <= part_begin_) {
    first_begin_ = end();
    ++first_operation_;
  }
}

void SegmentWalk::fill_table(const PairPlan& pair, const RandomReader& old_file,
                             const AddressMap& map) {
  const AddressTable& table = map.old_program().address_table;
  Bytes old_table(static_cast<std::size_t>(table.size));
  old_file.read_at(table.offset, old_table);
  const auto size = static_cast<std::size_t>(pair.table_size);
  table_ = make_table(table, old_table, map, pair.table_address, size);
  table_.resize(size);
}

void SegmentWalk::advance(std::uint64_t size) {
  at_ += size;
  if (at_ < new_borders_[part_ + 1] || at_ == new_borders_.back()) return;
  while (at_ >= new_borders_[part_ + 1]) ++part_;
  part_begin_ = new_borders_[part_];
  enter_part();
}

std::uint64_t SegmentWalk::literal_piece(std::uint64_t size) {
  return std::min({size, new_borders_[part_ + 1] - at_, kPlainPiece});
}

std::uint8_t SegmentWalk::expected(std::uint64_t ahead) {
  const std::uint64_t place = last_end_ + ahead;
  if (place >= place_.image->size()) return 0;
  if (place < ahead_begin_ || place - ahead_begin_ >= ahead_.size()) {
    ahead_.resize(static_cast<std::size_t>(std::min(kAhead, place_.image->size() - place)));
    place_.image->read_at(place, ahead_);
    ahead_begin_ = place;
  }
  return ahead_[static_cast<std::size_t>(place - ahead_begin_)];
}

SegmentWalk::Source SegmentWalk::open(const Operation& operation) {
  if (operation.position >= place_.image->size()) return Source::table;
  if (pair_ == nullptr || operation.position < old_begin_) return Source::plain;
  const std::uint64_t place = operation.position - old_begin_;
  const bool is_pair = place < pair_->old.size() && operation.copy <= pair_->old.size() - place;
  return is_pair ? Source::pair : Source::plain;
}

MutableByteView SegmentWalk::next_piece(Source source, const Operation& operation,
                                        std::uint64_t done) {
  const std::uint64_t left = operation.copy - done;
  const std::uint64_t position = operation.position + done;
  std::uint64_t size = std::min(left, kPlainPiece);
  if (source == Source::pair) {
    const std::uint64_t place = position - old_begin_;
    chunk_ = &pair_->old.chunk_with(place, place + left);
    const std::uint64_t end = (place / OldProgram::kChunk + 1) * OldProgram::kChunk;
    // The last field may reach into the next chunk.
    std::uint64_t last = end;
    if (!chunk_->fields.empty()) last = std::max(end, chunk_->fields.back().place + kFieldSize);
    size = std::min(left, last - place);
    if (size > end - place && chunk_->fields.back().place + kFieldSize > place + size) {
      size = std::min(left, end - place);
    }
  } else {
    old_bytes_ = first_of(old_buffer_, size);
    if (source == Source::table) {
      std::copy_n(table_.begin() + static_cast<std::ptrdiff_t>(position - place_.image->size()),
                  size, old_bytes_.begin());
    } else {
      place_.image->read_at(position, old_bytes_);
    }
  }
  return first_of(piece_, size);
}

}  // namespace xppkg::delta
