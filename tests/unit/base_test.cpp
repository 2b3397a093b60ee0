#include <boost/test/unit_test.hpp>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/bytes.hpp"
#include "base/checked.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"
#include "failure.hpp"
#include "xppkg/outcomes.hpp"

namespace xppkg {
namespace {

using test::error_of;

std::string parse_error(const std::string& text) {
  return error_of([&] { parse_strict(as_bytes(text), Code::trust_malformed); });
}

std::string varint_error(std::initializer_list<std::uint8_t> list) {
  const Bytes bytes(list);
  return error_of([&] { ByteReader(bytes).varint(); });
}

std::string nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') +
         std::string(static_cast<std::size_t>(depth), ']');
}

}  // namespace

BOOST_AUTO_TEST_SUITE(base)

BOOST_AUTO_TEST_CASE(numbers_are_read_as_they_were_written) {
  ByteWriter writer;
  writer.u8(0xfe);
  writer.u16(0xfedc);
  writer.u32(0xfedcba98);
  writer.u64(0xfedcba9876543210);
  const std::initializer_list<std::uint64_t> numbers{0,     1,     127,        128,
                                                     16383, 16384, 1ull << 63, ~0ull};
  for (const std::uint64_t number : numbers) writer.varint(number);
  BOOST_TEST(to_hex(ByteView(writer.bytes()).first(7)) == "fedcfe98badcfe");
  ByteReader reader(writer.bytes());
  BOOST_TEST(reader.u8() == 0xfe);
  BOOST_TEST(reader.u16() == 0xfedc);
  BOOST_TEST(reader.u32() == 0xfedcba98);
  BOOST_TEST(reader.u64() == 0xfedcba9876543210);
  for (const std::uint64_t number : numbers) BOOST_TEST(reader.varint() == number);
  BOOST_TEST(reader.left() == 0u);
  BOOST_TEST(error_of([&] { reader.u8(); }) == "corrupt.payload");
}

BOOST_AUTO_TEST_CASE(reader_never_goes_past_its_end) {
  const Bytes bytes(5);
  ByteReader reader(bytes);
  BOOST_TEST(error_of([&] { reader.u64(); }) == "corrupt.payload");
  BOOST_TEST(error_of([&] { reader.take(6); }) == "corrupt.payload");
  BOOST_TEST(error_of([&] { reader.take(~std::uint64_t{0}); }) == "corrupt.payload");
  BOOST_TEST(reader.offset() == 0u);
  BOOST_TEST(reader.take(5).size() == 5u);
}

BOOST_AUTO_TEST_CASE(varint_that_is_too_long_too_large_or_not_shortest_is_refused) {
  BOOST_TEST(varint_error({0x80, 0x00}) == "corrupt.payload");
  BOOST_TEST(varint_error({0xff, 0x80, 0x00}) == "corrupt.payload");
  BOOST_TEST(varint_error({0x80}) == "corrupt.payload");
  BOOST_TEST(varint_error({}) == "corrupt.payload");
  BOOST_TEST(varint_error({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}) == "");
  BOOST_TEST(varint_error({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}) ==
             "corrupt.payload");
  BOOST_TEST(varint_error({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81, 0x00}) ==
             "corrupt.payload");
}

BOOST_AUTO_TEST_CASE(hex_is_lower_case_and_of_even_length) {
  BOOST_TEST(to_hex(from_hex("00ff1a")) == "00ff1a");
  BOOST_TEST(from_hex("").empty());
  for (const char* bad : {"0", "0F", "0g", "0x00", " 00", "00 ", "000", "g0"}) {
    BOOST_TEST(error_of([&] { from_hex(bad); }) == "trust.malformed", bad);
  }
  BOOST_TEST(error_of([] { Blake2b::from_hex(std::string(62, '0')); }) == "trust.malformed");
  BOOST_TEST(error_of([] { Sha256::from_hex(std::string(66, '0')); }) == "trust.malformed");
}

BOOST_AUTO_TEST_CASE(digests_are_those_of_the_standards) {
  BOOST_TEST(sha256(as_bytes("abc")).hex() ==
             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(blake2b(as_bytes("abc")).hex() ==
             "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

BOOST_AUTO_TEST_CASE(checked_sums_and_products_never_wrap) {
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  BOOST_TEST(checked_add(kMost - 1, std::uint64_t{1}) == kMost);
  BOOST_TEST(checked_mul(kMost, std::uint64_t{1}) == kMost);
  BOOST_TEST(checked_mul(std::uint64_t{0}, kMost) == 0u);
  BOOST_TEST(error_of([] { checked_add(kMost, std::uint64_t{1}); }) == "limit.exceeded");
  BOOST_TEST(error_of([] { checked_mul(kMost, std::uint64_t{2}); }) == "limit.exceeded");
}

BOOST_AUTO_TEST_CASE(values_of_results_have_ids_of_their_own_and_come_back_by_them) {
  std::set<std::string_view> ids;
  for (int number = 1; number <= static_cast<int>(PlanReason::rolled_back); ++number) {
    const auto reason = static_cast<PlanReason>(number);
    BOOST_TEST(ids.insert(id(reason)).second, number);
    BOOST_TEST((plan_reason_of(id(reason)) == reason), number);
  }
  for (const Policy policy : {Policy::required, Policy::recommended}) {
    BOOST_TEST((policy_of(id(policy)) == policy));
  }
  BOOST_TEST(!ids.contains(""));
  BOOST_TEST(id(PlanReason{0}) == "");
  BOOST_TEST(id(Finding{8}) == "");
  BOOST_TEST(!plan_reason_of("").has_value());
  BOOST_TEST(!policy_of("Required").has_value());
}

BOOST_AUTO_TEST_CASE(errors_are_told_apart_by_what_they_are_about) {
  BOOST_TEST((info(Code::database_login).category == Category::database_unavailable));
  BOOST_TEST((info(Code::database_rights).category == Category::database));
  BOOST_TEST((info(Code::notfound_file).category == Category::source));
  for (const CodeInfo& row : all_codes()) {
    const std::string_view kind = row.id.substr(0, row.id.find('.'));
    if (kind == "transport") BOOST_TEST((row.category == Category::source), row.id);
    BOOST_TEST((kind == "trust") == (row.category == Category::trust), row.id);
    BOOST_TEST((kind == "decision") == (row.category == Category::decision), row.id);
    BOOST_TEST((kind == "database") == (row.category == Category::database ||
                                        row.category == Category::database_unavailable),
               row.id);
  }
}

BOOST_AUTO_TEST_CASE(number_that_is_no_code_is_told_as_a_fault_of_the_library) {
  BOOST_TEST(info(static_cast<Code>(60'000)).id == "internal");
}

BOOST_AUTO_TEST_CASE(each_error_has_its_own_id_texts_and_the_exit_status_of_its_kind) {
  const std::map<std::string, int> by_kind{{"usage", 2},   {"space", 7}, {"rights", 6},
                                           {"locked", 14}, {"use", 8},   {"transport", 4},
                                           {"trust", 5},   {"damage", 3}};
  std::set<std::string_view> ids;
  for (const CodeInfo& row : all_codes()) {
    BOOST_TEST(ids.insert(row.id).second, row.id);
    BOOST_TEST(!row.text.empty());
    BOOST_TEST(!row.next_step.empty());
    BOOST_TEST(row.text.ends_with("."), row.id);
    BOOST_TEST((&info(row.code) == &row));
    const auto kind = by_kind.find(std::string(row.id.substr(0, row.id.find('.'))));
    if (kind != by_kind.end()) BOOST_TEST(row.exit_status == kind->second, row.id);
    BOOST_TEST((row.exit_status >= 1 && row.exit_status <= 14), row.id);
  }
  BOOST_TEST(info(Code::database_unreachable).exit_status == 11);
  BOOST_TEST(info(Code::corrupt_payload).exit_status == 5);
}

BOOST_AUTO_TEST_CASE(error_tells_its_facts_in_order) {
  Error error(Code::trust_hash, {{"file", "a"}});
  error.with("limit", "5").with("file", "b");
  BOOST_TEST(error.fact("file") == "a");
  BOOST_TEST(error.fact("none") == "");
  BOOST_TEST(error.what() ==
             "trust.hash: A file does not match its signed length and hash. (file: a, limit: 5, "
             "file: b)");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(strict_json_is_read) {
  for (const std::string text :
       {"{}", " [ ] \n", "null", "\"\\u00e9\"", "9007199254740991", "-9007199254740991", "0",
        R"({"a":{"a":[1,true,"x"]},"b":{"a":2}})"}) {
    BOOST_TEST(parse_error(text) == "", text);
  }
  BOOST_TEST(parse_error(nested(32)) == "");
}

BOOST_AUTO_TEST_CASE(what_other_readers_take_differently_is_refused) {
  for (const std::string text : {R"({"a":1,"a":2})",
                                 R"({"a":1,"\u0061":2})",
                                 R"([{"x":{"b":1,"b":1}}])",
                                 "1.0",
                                 "1e2",
                                 "1E2",
                                 "-0",
                                 "-0.0",
                                 "0.5",
                                 "9007199254740992",
                                 "-9007199254740992",
                                 "9223372036854775808",
                                 "-9223372036854775809",
                                 "18446744073709551615",
                                 "18446744073709551616",
                                 "18446744073709551617",
                                 "1e999",
                                 "01",
                                 "+1",
                                 ".5",
                                 "NaN",
                                 "Infinity",
                                 "",
                                 " ",
                                 "{",
                                 "[1,]",
                                 "{\"a\":1,}",
                                 "{} {}",
                                 "{}x",
                                 "// c\n{}",
                                 "'a'",
                                 "{a:1}",
                                 "\"\x01\"",
                                 "\"\\ud800\"",
                                 "\"\xff\"",
                                 "\"\xc0\xaf\"",
                                 "\"\xed\xa0\x80\"",
                                 "\xef\xbb\xbf{}",
                                 "tru"}) {
    BOOST_TEST(parse_error(text) == "trust.malformed", text);
  }
  BOOST_TEST(parse_error(std::string("{}\0", 3)) == "trust.malformed");
  BOOST_TEST(parse_error(nested(33)) == "trust.malformed");
  BOOST_TEST(parse_error(std::string(1'000'000, '[')) == "trust.malformed");
}

// The vectors of the OLPC page and of other TUF clients.
BOOST_AUTO_TEST_CASE(canonical_form_is_that_of_other_tuf_programs) {
  const auto form = [](const std::string& text) {
    return canonical(parse_strict(as_bytes(text), Code::trust_malformed));
  };
  BOOST_TEST(form(R"({"b":1,"a":[true,false,null],"B":-5,"":{}})") ==
             R"({"":{},"B":-5,"a":[true,false,null],"b":1})");
  BOOST_TEST(form(" [ ] ") == "[]");
  BOOST_TEST(form(R"("a\"b\\c\/d")") == R"("a\"b\\c/d")");
  BOOST_TEST(form(R"("\n\t\u0001\u007f")") == "\"\n\t\x01\x7f\"");
  BOOST_TEST(form(R"("\u00e9\ud83d\ude00")") == "\"\xc3\xa9\xf0\x9f\x98\x80\"");
  BOOST_TEST(error_of([] { canonical(Json(0.5)); }) == "internal");
}

BOOST_AUTO_TEST_CASE(fields_say_what_is_wrong_and_where) {
  const Json json = Json::parse(R"({"t":"x","n":5,"m":-1,"f":true,"l":[1,2],"o":{"i":1}})");
  const Fields fields(json, "thing", Code::corrupt_state);
  BOOST_TEST(fields.text("t") == "x");
  BOOST_TEST(fields.text_or("none", "d") == "d");
  BOOST_TEST(fields.number("n") == 5u);
  BOOST_TEST(fields.number_or("none", 9) == 9u);
  BOOST_TEST(fields.flag("f"));
  BOOST_TEST(!fields.flag_or("none", false));
  BOOST_TEST(fields.array("l", 2).size() == 2u);
  BOOST_TEST(fields.fields("o").where() == "thing.o");
  using Read = std::function<void(const Fields&)>;
  const auto reading = [](auto read) {
    return Read([read](const Fields& f) { return void(read(f)); });
  };
  for (const Read& work : {reading([](const Fields& f) { return f.text("n"); }),
                           reading([](const Fields& f) { return f.text("none"); }),
                           reading([](const Fields& f) { return f.number("m"); }),
                           reading([](const Fields& f) { return f.number("t"); }),
                           reading([](const Fields& f) { return f.flag("n"); }),
                           reading([](const Fields& f) { return f.array("l", 1).size(); }),
                           reading([](const Fields& f) { return f.array("t", 1).size(); }),
                           reading([](const Fields& f) { return f.object("l").size(); }),
                           reading([](const Fields& f) { return f.object("none").size(); }),
                           reading([](const Fields& f) { return f.fields("t").where(); })}) {
    BOOST_TEST(error_of([&] { work(fields); }) == "corrupt.state");
  }
  BOOST_TEST(error_of([&] { Fields(json["l"], "list", Code::corrupt_state); }) == "corrupt.state");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg
