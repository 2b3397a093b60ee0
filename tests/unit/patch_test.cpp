#include <array>
#include <boost/test/unit_test.hpp>

#include "base/tree_index.hpp"
#include "delta/encoder.hpp"
#include "failure.hpp"
#include "fs/files.hpp"
#include "patch/apply.hpp"
#include "temp_folder.hpp"

namespace xppkg {
namespace {

using test::error_of;

void write_entry(ByteWriter& out, const Entry& entry, std::string_view path) {
  out.u8(static_cast<std::uint8_t>(entry.kind));
  out.varint(path.size());
  out.raw(as_bytes(path));
  out.varint(entry.mode);
  out.varint(entry.size);
  out.raw(entry.digest.bytes);
  out.varint(entry.target.size());
  out.raw(as_bytes(entry.target));
}

/// The index of a tree of one entry, which a test may spoil.
Bytes index_of(const Entry& entry, std::string_view path = "file", std::uint64_t count = 1) {
  ByteWriter out;
  out.raw(as_bytes("xppkg-tree-1\n"));
  out.varint(count);
  write_entry(out, entry, path);
  return out.take();
}

Entry file_entry(std::string_view content) {
  Entry entry;
  entry.mode = 0644;
  entry.size = content.size();
  entry.digest = blake2b(as_bytes(content));
  return entry;
}

/// A patch from an empty folder, made by hand.
struct FolderPatch {
  Bytes index = index_of(file_entry("content"));
  Blake2b tree = blake2b(index);
  Bytes content = to_bytes("content");
  std::uint32_t index_part = patch::kTreeIndex;
  std::uint32_t file_part = 0;
  bool index_first = true;

  [[nodiscard]] Bytes bytes() const {
    const Bytes old_index = write_tree_index({});
    const BufferReader old_bytes(old_index);
    const BufferReader index_bytes(index);
    const BufferReader content_bytes(content);
    const std::array old_parts{delta::Input{patch::kTreeIndex, &old_bytes}};
    std::array new_parts{delta::Input{index_part, &index_bytes},
                         delta::Input{file_part, &content_bytes}};
    if (!index_first) std::swap(new_parts.front(), new_parts.back());
    Observer observer;
    BufferSink out;
    delta::encode_delta(blake2b(old_index), old_parts, tree, new_parts, out, {}, observer);
    return out.take();
  }
};

/// Applies a patch; the contents of the new place then, and the error.
class PatchFolder {
 public:
  PatchFolder() { fs::make_directories(fs::native(), root() / "old"); }

  std::string apply(const FolderPatch& made) {
    const fs::Path patch = root() / "patch";
    fs::write_file_atomically(fs::native(), patch, made.bytes());
    Observer observer;
    return error_of(
        [&] { patch::apply(fs::native(), root() / "old", patch, root() / "new", {}, observer); });
  }
  std::string apply_index(const Bytes& index) {
    FolderPatch made;
    made.index = index;
    made.tree = blake2b(index);
    return apply(made);
  }
  [[nodiscard]] std::string content() const {
    return std::string(as_text(fs::read_file(fs::native(), root() / "new" / "file", 100)));
  }
  /// Only the old folder and the patch are there, and nothing beside the place.
  [[nodiscard]] bool is_clean() const {
    return fs::native().list(root()).size() == 2 && fs::native().list(folder_.path()).size() == 1;
  }

 private:
  [[nodiscard]] fs::Path root() const { return folder_.path() / "place"; }

  test::TempFolder folder_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(folder_patch)

BOOST_AUTO_TEST_CASE(a_patch_made_by_hand_makes_its_folder) {
  PatchFolder place;
  BOOST_TEST(place.apply({}) == "");
  BOOST_TEST(place.content() == "content");
}

BOOST_AUTO_TEST_CASE(names_that_leave_the_folder_are_refused) {
  using namespace std::string_view_literals;
  for (const std::string_view name :
       {"../file"sv, "/file"sv, "a/../../file"sv, ".."sv, ""sv, "file\0x"sv, "c:file"sv, "con"sv}) {
    PatchFolder place;
    BOOST_TEST(place.apply_index(index_of(file_entry("content"), name)) == "tree.unsafe-name");
    BOOST_TEST(place.is_clean());
  }
}

BOOST_AUTO_TEST_CASE(links_that_leave_the_folder_are_refused) {
  Entry link;
  link.kind = EntryKind::symlink;
  link.target = "../../outside";
  PatchFolder place;
  BOOST_TEST(place.apply_index(index_of(link)) == "tree.unsafe-entry");
  BOOST_TEST(place.is_clean());
}

BOOST_AUTO_TEST_CASE(files_below_something_that_is_no_folder_are_refused) {
  ByteWriter out;
  out.raw(as_bytes("xppkg-tree-1\n"));
  out.varint(2);
  Entry link;
  link.kind = EntryKind::symlink;
  link.target = "elsewhere";
  write_entry(out, link, "link");
  write_entry(out, file_entry("content"), "link/file");
  PatchFolder place;
  BOOST_TEST(place.apply_index(out.bytes()) == "tree.unsafe-entry");
  BOOST_TEST(place.is_clean());
}

BOOST_AUTO_TEST_CASE(an_index_in_another_form_is_corrupt) {
  const Bytes sound = index_of(file_entry("content"));
  std::vector<Bytes> wrong;
  for (std::size_t size = 0; size < sound.size(); ++size) {
    wrong.emplace_back(sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(size));
  }
  wrong.push_back(sound);
  wrong.back().push_back(0);
  wrong.push_back(index_of(file_entry("content"), "file", 2));
  wrong.push_back(index_of(file_entry("content"), "file", std::uint64_t{1} << 60));
  wrong.push_back(sound);
  wrong.back()[14] = 3;  // the kind
  Entry odd = file_entry("content");
  odd.target = "x";
  wrong.push_back(index_of(odd));
  odd = file_entry("content");
  odd.kind = EntryKind::directory;
  wrong.push_back(index_of(odd));
  odd = {};
  odd.kind = EntryKind::symlink;
  odd.target = "x";
  odd.mode = 0644;
  wrong.push_back(index_of(odd));
  for (const Bytes& index : wrong) {
    BOOST_TEST(error_of([&] { read_tree_index(index); }) == "corrupt.payload");
  }
  PatchFolder place;
  BOOST_TEST(place.apply_index(wrong.front()) == "corrupt.payload");
  BOOST_TEST(place.is_clean());
}

BOOST_AUTO_TEST_CASE(what_was_written_as_an_index_is_read_as_the_same) {
  Entries entries;
  for (const char* path : {"a", "b", "b/c"}) {
    Entry entry = file_entry(path);
    entry.path = RelPath::parse(path);
    entries.push_back(entry);
  }
  entries[1] = {};
  entries[1].path = RelPath::parse("b");
  entries[1].kind = EntryKind::directory;
  entries[1].mode = 0755;
  const Bytes index = write_tree_index(entries);
  BOOST_TEST((write_tree_index(read_tree_index(index)) == index));
  BOOST_TEST((blake2b(index) == tree_digest(entries)));
}

BOOST_AUTO_TEST_CASE(an_index_of_another_tree_is_corrupt) {
  FolderPatch made;
  made.tree = blake2b(as_bytes("another"));
  PatchFolder place;
  BOOST_TEST(place.apply(made) == "corrupt.payload");
  BOOST_TEST(place.is_clean());
}

BOOST_AUTO_TEST_CASE(contents_other_than_the_index_says_are_corrupt) {
  for (const char* content : {"Content", "content and more", ""}) {
    FolderPatch made;
    made.content = to_bytes(content);
    PatchFolder place;
    BOOST_TEST(place.apply(made) == "corrupt.payload");
    BOOST_TEST(place.is_clean());
  }
}

BOOST_AUTO_TEST_CASE(parts_that_are_no_files_of_the_tree_are_corrupt) {
  FolderPatch made;
  made.file_part = 1;
  PatchFolder place;
  BOOST_TEST(place.apply(made) == "corrupt.payload");
  made = {};
  made.index_first = false;
  BOOST_TEST(place.apply(made) == "corrupt.payload");
  made = {};
  made.index_part = 7;
  BOOST_TEST(place.apply(made) == "corrupt.payload");
  BOOST_TEST(place.is_clean());
}

BOOST_AUTO_TEST_CASE(a_file_that_neither_patch_nor_base_has_is_corrupt) {
  FolderPatch made;
  Entry other = file_entry("other");
  ByteWriter out;
  out.raw(as_bytes("xppkg-tree-1\n"));
  out.varint(2);
  write_entry(out, file_entry("content"), "file");
  write_entry(out, other, "other");
  made.index = out.take();
  made.tree = blake2b(made.index);
  PatchFolder place;
  BOOST_TEST(place.apply(made) == "corrupt.payload");
  BOOST_TEST(place.is_clean());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace xppkg
