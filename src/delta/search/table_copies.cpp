#include "search/table_copies.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "match/match_index.hpp"
#include "match/matcher.hpp"
#include "match/partial_index.hpp"
#include "match/sample_table.hpp"
#include "match/survey.hpp"
#include "number_tables.hpp"
#include "refine.hpp"
#include "wire/format.hpp"

namespace xppkg::delta {
namespace {

/// Rows are matched by a suffix array: not for many.
constexpr std::uint64_t kLargest = 8 * 1024 * 1024;
constexpr std::size_t kLeast = 256;
/// So many bytes that are not copied as they were make a part worth the search, and one of so many.
constexpr std::uint64_t kLeastWrong = 64;
constexpr std::uint64_t kLeastShare = 128;
/// So many old parts of the same size are looked at, beside the one that most was copied from.
constexpr int kMostTried = 1;

/// To turn from one copy to another is dear, and differences are foreseen.
constexpr OperationCosts kRowPrices{120, 8, 4, 10};

/// Literals, and bytes of copies that differ.
std::uint64_t wrong_in(std::span<const Operation> operations, ByteView image, ByteView bytes) {
  std::uint64_t count = 0;
  std::size_t at = 0;
  for (const Operation& operation : operations) {
    count += operation.literal;
    at += static_cast<std::size_t>(operation.literal);
    const auto size = static_cast<std::size_t>(operation.copy);
    const ByteView old_piece = image.subspan(static_cast<std::size_t>(operation.position), size);
    for (std::size_t i = 0; i < size; ++i) {
      i += common_length(old_piece.subspan(i), bytes.subspan(at + i, size - i));
      if (i < size) ++count;
    }
    at += size;
  }
  return count;
}

/// Each byte less that of the row before: a step leaves it as it was, but for carries.
Bytes less_the_row_before(ByteView bytes, std::size_t row) {
  Bytes result(bytes.begin(), bytes.end());
  for (std::size_t i = row; i < bytes.size(); ++i) {
    result[i] = static_cast<std::uint8_t>(bytes[i] - bytes[i - row]);
  }
  return result;
}

std::vector<Operation> match_rows(ByteView old_bytes, ByteView new_bytes, std::size_t row,
                                  const std::function<void(std::size_t)>& advanced) {
  const Bytes old_rows = less_the_row_before(old_bytes, row);
  const Bytes new_rows = less_the_row_before(new_bytes, row);
  const BufferReader old_reader(old_rows);
  std::vector<Survey> known(1);
  {
    SampleTable table(kSurveySampling, old_rows.size());
    table.add(old_rows, 0);
    known[0] = survey(table, old_reader, new_rows, kLeastMatch, advanced);
  }
  // Differences of rows may look as if they were packed.
  known[0].packed.clear();
  const std::vector<ByteRange> whole{{0, old_rows.size()}};
  const PartialIndex index(old_rows, whole);
  return refine(find_operations(index, new_rows, known[0], advanced), old_rows, new_rows,
                kRowPrices);
}

class TableSearch {
 public:
  TableSearch(const SegmentPlace& place, ByteView image,
              const std::function<void(std::size_t)>& advanced)
      : old_borders_(borders(place.old_parts)), image_(image), advanced_(advanced) {}

  /// False if no old part that may be it is such a table.
  bool add(ByteView part, std::vector<Operation>& operations) {
    const std::vector<std::uint64_t> shares = shares_of(operations);
    if (shares.empty()) return false;
    const auto best = static_cast<std::size_t>(std::ranges::max_element(shares) - shares.begin());
    if (add_from(best, part, operations)) return true;
    int tried = 0;
    for (std::size_t i = 0; i < shares.size() && tried < kMostTried; ++i) {
      if (i == best || size_of(i) != part.size()) continue;
      ++tried;
      if (add_from(i, part, operations)) return true;
    }
    return false;
  }

  std::vector<NumberTable> tables() {
    // Where one ends and the next begins, that is said last.
    std::ranges::sort(tables_, {},
                      [](const NumberTable& table) { return std::pair(table.begin, table.row); });
    return std::move(tables_);
  }

 private:
  [[nodiscard]] std::uint64_t size_of(std::size_t old_part) const {
    return old_borders_[old_part + 1] - old_borders_[old_part];
  }

  /// How much each old part gives.
  [[nodiscard]] std::vector<std::uint64_t> shares_of(std::span<const Operation> operations) const {
    std::vector<std::uint64_t> shares(old_borders_.size() - 1);
    for (const Operation& operation : operations) {
      if (operation.copy == 0) continue;
      const auto after = std::ranges::upper_bound(old_borders_, operation.position);
      shares[static_cast<std::size_t>(after - old_borders_.begin()) - 1] += operation.copy;
    }
    return shares;
  }

  bool add_from(std::size_t old_part, ByteView part, std::vector<Operation>& operations) {
    const std::uint64_t size = size_of(old_part);
    const bool fits = size >= part.size() / 2 && size / 2 <= part.size() && size >= kLeast;
    if (!fits || size > kLargest || old_borders_[old_part + 1] > image_.size()) return false;
    advanced_(0);
    const std::uint64_t begin = old_borders_[old_part];
    const ByteView old_bytes =
        image_.subspan(static_cast<std::size_t>(begin),
                       static_cast<std::size_t>(old_borders_[old_part + 1] - begin));
    const std::size_t common = std::min(old_bytes.size(), part.size());
    auto table = find_table(old_bytes.first(common), part.first(common));
    if (!table && old_bytes.size() != part.size()) {
      const std::size_t cut = old_bytes.size() - common;
      table = find_table(old_bytes.last(common), part.last(common));
      if (table) table->begin = (table->begin + cut) % table->row;
    }
    if (!table || !note(*table, begin, begin + old_bytes.size())) return false;
    operations = copies(*table, old_bytes, part);
    for (Operation& operation : operations) operation.position += operation.copy > 0 ? begin : 0;
    return true;
  }

  /// False if there are too many tables, or another one in this old part.
  bool note(NumberTable table, std::uint64_t begin, std::uint64_t end) {
    table.begin += begin;
    const auto same = std::ranges::find_if(tables_, [&](const NumberTable& one) {
      return one.row > 0 && one.begin >= begin && one.begin < end;
    });
    if (same != tables_.end()) return *same == table;
    if (tables_.size() + 2 > kMaxNumberTables) return false;
    tables_.push_back(std::move(table));
    if (end < old_borders_.back()) tables_.push_back({end, 0, {}});
    return true;
  }

  [[nodiscard]] std::vector<Operation> copies(const NumberTable& table, ByteView old_bytes,
                                              ByteView part) const {
    constexpr std::size_t kFew = 64;
    const bool is_same_size = old_bytes.size() == part.size();
    if (is_same_size && wrong_bytes(table, old_bytes, part) < part.size() / 256 + kFew) {
      return {{0, part.size(), 0}};
    }
    return match_rows(old_bytes, part, table.row, advanced_);
  }

  std::vector<std::uint64_t> old_borders_;
  ByteView image_;
  const std::function<void(std::size_t)>& advanced_;
  std::vector<NumberTable> tables_;
};

}  // namespace

std::optional<TableCopies> table_copies(const SegmentPlace& place, ByteView image,
                                        const PartOperations& matched, ByteView new_bytes,
                                        const std::function<void(std::size_t)>& advanced) {
  TableSearch search(place, image, advanced);
  TableCopies result{matched, {}};
  bool is_any = false;
  std::uint64_t left = kLargest;
  std::size_t at = 0;
  for (std::vector<Operation>& part : result.operations) {
    std::uint64_t size = 0;
    for (const Operation& operation : part) size += operation.literal + operation.copy;
    const ByteView bytes = new_bytes.subspan(at, static_cast<std::size_t>(size));
    at += static_cast<std::size_t>(size);
    if (size < kLeast || size > left) continue;
    if (wrong_in(part, image, bytes) < std::max(kLeastWrong, size / kLeastShare)) continue;
    left -= size;
    if (!search.add(bytes, part)) continue;
    is_any = true;
  }
  if (!is_any) return std::nullopt;
  result.tables = search.tables();
  return result;
}

}  // namespace xppkg::delta
