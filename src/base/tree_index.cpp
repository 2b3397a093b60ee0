#include "base/tree_index.hpp"

#include <algorithm>
#include <limits>

namespace xppkg {
namespace {

constexpr std::string_view kTag = "xppkg-tree-1\n";
/// Kind, two lengths of texts, mode and size take a byte each at least.
constexpr std::uint64_t kMinEntrySize = 5 + sizeof(Blake2b::bytes);

[[noreturn]] void refuse(std::string reason) {
  throw Error(Code::corrupt_payload, {{"tree index", std::move(reason)}});
}

void write_text(ByteWriter& out, std::string_view text) {
  out.varint(text.size());
  out.raw(as_bytes(text));
}

std::string_view read_text(ByteReader& in) {
  return as_text(in.take(in.varint()));
}

EntryKind read_kind(ByteReader& in) {
  const std::uint8_t kind = in.u8();
  if (kind > static_cast<std::uint8_t>(EntryKind::symlink)) refuse("an unknown kind of entry");
  return static_cast<EntryKind>(kind);
}

/// Fields that its kind does not have are zero or empty.
bool holds_only_its_own(const Entry& entry) {
  const bool no_content = entry.size == 0 && entry.digest == Blake2b{};
  switch (entry.kind) {
    case EntryKind::file:
      return entry.target.empty();
    case EntryKind::directory:
      return no_content && entry.target.empty();
    case EntryKind::symlink:
      return no_content && entry.mode == 0;
  }
  return false;
}

Entry read_entry(ByteReader& in) {
  Entry entry;
  entry.kind = read_kind(in);
  entry.path = RelPath::parse(read_text(in));
  const std::uint64_t mode = in.varint();
  if (mode > std::numeric_limits<std::uint32_t>::max()) refuse("a mode over 32 bits");
  entry.mode = static_cast<std::uint32_t>(mode);
  entry.size = in.varint();
  std::ranges::copy(in.take(entry.digest.bytes.size()), entry.digest.bytes.begin());
  entry.target = read_text(in);
  if (!holds_only_its_own(entry)) refuse("an entry with what is not of its kind");
  return entry;
}

}  // namespace

Bytes write_tree_index(const Entries& entries) {
  ByteWriter out;
  out.raw(as_bytes(kTag));
  out.varint(entries.size());
  for (const Entry& entry : entries) {
    out.u8(static_cast<std::uint8_t>(entry.kind));
    write_text(out, entry.path.text());
    out.varint(entry.mode);
    out.varint(entry.size);
    out.raw(entry.digest.bytes);
    write_text(out, entry.target);
  }
  return out.take();
}

Entries read_tree_index(ByteView bytes) {
  ByteReader in(bytes);
  if (as_text(in.take(kTag.size())) != kTag) refuse("not the index of a tree");
  const std::uint64_t count = in.varint();
  if (count > in.left() / kMinEntrySize) refuse("more entries than bytes for them");
  Entries entries(static_cast<std::size_t>(count));
  std::ranges::generate(entries, [&] { return read_entry(in); });
  if (in.left() != 0) refuse("bytes after the last entry");
  if (!std::ranges::is_sorted(entries, {}, &Entry::path)) refuse("entries out of order");
  sort_and_check(entries);
  return entries;
}

}  // namespace xppkg
