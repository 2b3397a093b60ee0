#include "content.hpp"

#include <algorithm>
#include <array>

#include "inflater.hpp"
#include "xppkg/error.hpp"

namespace xppkg::http {
namespace {

constexpr std::string_view kSpace = " \t\r\n\f\v";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// How web pages and the error documents of web services begin, without spaces.
constexpr auto kPages = std::to_array<std::string_view>(
    {"<!doctype",    "<html",          "<head",     "<body",      "<?xml",        "<!--",
     "<meta",        "<script",        "<title",    "<frame",     "<h1",          "<error",
     "{\"error",     "{\"message\"",   "{\"status", "{\"code\"",  "{\"detail",    "[{\"error",
     "{\"success\"", "{\"msg\"",       "{\"fault",  "{\"title\"", "{\"type\"",    "{\"result\"",
     "{\"reason\"",  "{\"timestamp\"", "{\"ok\"",   "{\"__type",  "{\"exception", "{\"request"});

std::string_view without_leading_space(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const std::size_t begin = text.find_first_not_of(kSpace);
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

enum class Verdict { page, other, open };

Verdict judge(std::string_view head) {
  constexpr std::size_t kMostSpace = 1024;
  if (head.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(head)) return Verdict::open;
  std::string text = lower_case(without_leading_space(head).substr(0, 64));
  // JSON may have spaces anywhere, and UTF-16 has a zero in each character of a page's beginning.
  const bool is_utf16 = text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff");
  if (is_utf16) text.erase(0, 2);
  std::erase_if(text, [&](char c) {
    return kSpace.find(c) != std::string_view::npos || (is_utf16 && c == '\0');
  });
  text = text.substr(0, 16);
  if (text.empty()) return head.size() < kMostSpace ? Verdict::open : Verdict::other;
  bool may_become_one = false;
  for (const std::string_view page : kPages) {
    if (text.starts_with(page)) return Verdict::page;
    may_become_one = may_become_one || page.starts_with(text);
  }
  return may_become_one ? Verdict::open : Verdict::other;
}

/// True for what people can read, and nothing else: servers call all that they do not know text.
bool is_readable(std::string_view text) {
  const auto is_control = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && kSpace.find(c) == std::string_view::npos) || byte == 0x7f;
  };
  return !text.empty() && std::ranges::none_of(text, is_control);
}

/// Encodings that change the bytes. Others are words that stand there by mistake, such as "utf-8",
/// "binary" or "aws-chunked": the bytes are as they are, and are verified.
constexpr std::array<std::string_view, 14> kEncodings{
    "gzip",  "x-gzip",  "deflate", "br",   "zstd", "compress", "x-compress",
    "bzip2", "x-bzip2", "xz",      "lzma", "dcb",  "dcz",      "pack200-gzip"};

/// The one encoding of the file on its way here; empty: none.
std::string encoding_of(const ResponseHeader& header) {
  std::vector<std::string> all = header.list("Content-Encoding");
  for (std::string& coding : header.list("Transfer-Encoding")) all.push_back(std::move(coding));
  std::erase_if(all, [](const std::string& coding) {
    return std::ranges::find(kEncodings, coding) == kEncodings.end();
  });
  if (all.empty()) return {};
  if (all.size() == 1) return all.front();
  throw Error(Code::transport_encoding, {{"encoding", all[0] + ", " + all[1]}});
}

std::unique_ptr<Inflater> make_inflater(const std::string& encoding, std::uint64_t most) {
  if (encoding.empty()) return nullptr;
  // Incompressible bytes grow by less than an eighth; headers and names come on top.
  const std::uint64_t most_input = most + most / 8 + 64 * 1024;
  if (encoding == "gzip" || encoding == "x-gzip") {
    return std::make_unique<Inflater>(Inflater::Form::gzip, most_input);
  }
  if (encoding == "deflate") {
    return std::make_unique<Inflater>(Inflater::Form::deflate, most_input);
  }
  throw Error(Code::transport_encoding, {{"encoding", encoding.substr(0, 64)}});
}

}  // namespace

Content::Content(Body& body, const ResponseHeader& header, std::uint64_t most)
    : body_(body), inflater_(make_inflater(encoding_of(header), most)) {}

Content::~Content() = default;

std::optional<std::uint64_t> Content::length() const {
  return inflater_ ? std::nullopt : body_.length();
}

std::size_t Content::read_decoded(MutableByteView out) {
  return inflater_ ? inflater_->read(body_, out) : body_.read(out);
}

std::size_t Content::read(MutableByteView out) {
  if (head_at_ == head_.size()) return read_decoded(out);
  const std::size_t size = std::min(out.size(), head_.size() - head_at_);
  std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(head_at_), size, out.begin());
  head_at_ += size;
  return size;
}

bool Content::read_more_of_head() {
  std::array<std::uint8_t, 1024> piece{};
  const std::size_t got = read_decoded(piece);
  head_.append(as_text(ByteView(piece).first(got)));
  return got > 0;
}

bool Content::is_web_page() {
  while (true) {
    const Verdict verdict = judge(head_);
    if (verdict != Verdict::open) return verdict == Verdict::page;
    if (!read_more_of_head()) return false;
  }
}

bool Content::is_message(const std::string& content_type) {
  if (is_web_page()) return true;
  const std::string_view text = without_leading_space(head_);
  return content_type.starts_with("text/") && is_readable(text) && text.front() != '{' &&
         text.front() != '[';
}

}  // namespace xppkg::http
