// Numbers of tables that moved by a step: foreseen by their columns.

#include <boost/test/unit_test.hpp>
#include <string_view>

#include "delta/outline.hpp"
#include "delta/search/number_tables.hpp"
#include "model/copy_model.hpp"
#include "predictions.hpp"

namespace xppkg::delta {
namespace {

/// A number of each row, which rises in odd steps, and bytes after it.
Bytes table_of(const TableColumn& column, std::uint32_t row, std::uint64_t step,
               std::size_t count = 3'000) {
  Bytes bytes = test::noise(7, row * count);
  std::uint64_t value = 1'000;
  for (std::size_t i = 0; i < count; ++i) {
    value += i * i % 397;
    write_number(value + step,
                 MutableByteView(bytes).subspan(i * row + column.offset, column.width),
                 column.is_big_endian);
  }
  return bytes;
}

/// The new bytes as a stream of corrections of the old ones, which comes back.
std::size_t coded_size(const Bytes& old_bytes, const Bytes& new_bytes,
                       const std::vector<NumberTable>& tables, std::uint64_t place = 0) {
  RangeWriter writer;
  Bytes made = new_bytes;
  std::make_unique<CopyModel<kNewestModels>>(false, tables)
      ->code_plain(writer, old_bytes, made, place);
  const Bytes stream = writer.finish();
  const BufferReader payload(stream);
  RangeReader reader(payload, 0, stream.size());
  Bytes read(old_bytes.size());
  std::make_unique<CopyModel<kNewestModels>>(false, tables)
      ->code_plain(reader, old_bytes, read, place);
  BOOST_TEST_REQUIRE((read == new_bytes));
  return stream.size();
}

/// As a segment that says of itself that such tables moved.
std::string_view outcome(const std::vector<NumberTable>& tables, std::uint16_t minor = kNewestMinor,
                         bool have_numbers_moved = false) {
  const Bytes old_file(1'000, 'x');
  test::RawPrediction segment{old_file.size(), {}, {{0, old_file.size(), 0}}};
  segment.tables = tables;
  segment.have_columns_moved = true;
  segment.have_numbers_moved = have_numbers_moved;
  return test::decode_error(
      test::predicted_payload({old_file}, {old_file.size()}, {segment}, 64ull << 20, minor),
      {old_file});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_moved_columns)

BOOST_AUTO_TEST_CASE(the_rows_and_columns_of_a_table_are_found) {
  for (const bool is_big_endian : {false, true}) {
    for (const std::uint32_t width : {2u, 3u, 4u, 5u, 8u}) {
      const TableColumn column{0, width, is_big_endian};
      const std::uint32_t row = width + 3;
      const Bytes old_bytes = table_of(column, row, 0);
      const Bytes new_bytes = table_of(column, row, 4'113);
      const auto table = find_table(old_bytes, new_bytes);
      BOOST_TEST_REQUIRE(table.has_value(), "width " << width);
      BOOST_TEST(table->row == row, "width " << width);
      BOOST_TEST(wrong_bytes(*table, old_bytes, new_bytes) < 40u, "width " << width);
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_that_differ_without_a_rule_are_no_table) {
  const Bytes noise = test::noise(1, 50'000);
  BOOST_TEST(!find_table(noise, test::noise(2, noise.size())));
  BOOST_TEST(!find_table(noise, noise));
  BOOST_TEST(!find_table({}, {}));
}

BOOST_AUTO_TEST_CASE(a_column_that_moves_by_a_step_costs_next_to_nothing_in_any_order_of_bytes) {
  for (const bool is_big_endian : {false, true}) {
    const TableColumn column{3, 4, is_big_endian};
    for (const std::int64_t step : {1, 77, 4'096, 123'456, -1, -4'096}) {
      const std::size_t size =
          coded_size(table_of(column, 9, 0), table_of(column, 9, static_cast<std::uint64_t>(step)),
                     {{0, 9, {column}}});
      BOOST_TEST(size < 100u, "step " << step << ": " << size << " bytes");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_step_is_believed_when_two_rows_took_it) {
  MovedColumns columns(std::vector<NumberTable>{{0, 2, {{0, 2, true}}}});
  const auto foreseen = [&](const Bytes& old_bytes) {
    const ByteView bytes = columns.foresee(0, old_bytes);
    return Bytes(bytes.begin(), bytes.end());
  };
  BOOST_TEST((foreseen({0, 250}) == Bytes{0, 250}));
  columns.learn(Bytes{1, 4});
  BOOST_TEST((foreseen({0, 250}) == Bytes{0, 250}));
  columns.learn(Bytes{1, 4});
  BOOST_TEST((foreseen({7, 250, 255, 255}) == Bytes{8, 4, 0, 9}));
}

BOOST_AUTO_TEST_CASE(any_bytes_come_back_wherever_tables_lie) {
  const Bytes old_bytes = test::noise(1, 9'000);
  const Bytes new_bytes = test::noise(2, old_bytes.size());
  const std::vector<NumberTable> tables{{0, 7, {{1, 5, true}, {6, 1, false}}},
                                        {1'001, 0, {}},
                                        {2'000, 4'096, {{4'090, 6, false}}},
                                        {6'000, 1, {}},
                                        {7'003, 8, {{0, 8, true}}}};
  for (std::uint64_t place = 0; place < 9'000; place += 1'013) {
    coded_size(old_bytes, new_bytes, tables, place);
    coded_size(old_bytes, old_bytes, tables, place);
  }
}

BOOST_AUTO_TEST_CASE(a_payload_has_tables_only_where_columns_moved) {
  const TableColumn column{0, 8, true};
  const Bytes old_file = table_of(column, 8, 0);
  const Bytes new_file = table_of(column, 8, 123'456);
  const Bytes payload = test::make_delta({old_file}, {new_file});
  BOOST_TEST(read_outline(BufferReader(payload)).minor == kMinorMovedNumbers);
  BOOST_TEST(payload.size() < 300u);
  BOOST_TEST((test::decode(payload, {old_file}) == test::Files{new_file}));
}

BOOST_AUTO_TEST_CASE(two_tables_of_a_folder_have_each_their_own_rows) {
  const TableColumn wide{0, 8, true};
  const TableColumn narrow{1, 3, true};
  const test::Files old_files{table_of(wide, 8, 0), table_of(narrow, 5, 0)};
  const test::Files new_files{table_of(wide, 8, 123'456), table_of(narrow, 5, 99'999)};
  const Bytes payload = test::make_delta(old_files, new_files);
  BOOST_TEST(payload.size() < 500u);
  BOOST_TEST((test::decode(payload, old_files) == new_files));
}

BOOST_AUTO_TEST_CASE(tables_beyond_the_limits_are_refused) {
  BOOST_TEST(outcome({}) == test::kFine);
  BOOST_TEST(outcome({{1'000, 4'096, {{4'088, 8, true}}}}) == test::kFine);
  BOOST_TEST(outcome({{1'001, 4, {}}}) == test::kCorrupt);
  BOOST_TEST(outcome({{5, 4, {}}, {4, 4, {}}}) == test::kCorrupt);
  BOOST_TEST(outcome({{0, 4'097, {}}}) == test::kCorrupt);
  BOOST_TEST(outcome({{0, 9, {{0, 9, true}}}}) == test::kCorrupt);
  BOOST_TEST(outcome({{0, 4, {{2, 3, true}}}}) == test::kCorrupt);
  BOOST_TEST(outcome({{0, 0, {{0, 1, true}}}}) == test::kCorrupt);
  BOOST_TEST(outcome({{0, 4'096, std::vector<TableColumn>(65)}}) == test::kCorrupt);
  BOOST_TEST(outcome(std::vector<NumberTable>(65)) == test::kCorrupt);
}

BOOST_AUTO_TEST_CASE(tables_before_1_6_or_beside_numbers_of_texts_are_refused) {
  BOOST_TEST(outcome({}, kMinorExportTries) == test::kCorrupt);
  BOOST_TEST(outcome({}, kMinorPredictedCopies) == test::kCorrupt);
  BOOST_TEST(outcome({}, kMinorMovedNumbers, true) == test::kCorrupt);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg::delta
