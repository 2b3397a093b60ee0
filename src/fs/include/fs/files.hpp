#pragma once

#include <functional>
#include <optional>

#include "fs/file_system.hpp"
#include "xppkg/error.hpp"

namespace xppkg::fs {

/// The whole of a file of at most `limit` bytes. Throws Error{limit_exceeded} for a larger one.
Bytes read_file(FileSystem& disk, const Path& path, std::uint64_t limit);
/// The same of a file that is open; `path` is for messages.
Bytes read_file(const RandomReader& file, const Path& path, std::uint64_t limit);
/// The same of a file that a person or program has named: a path in UTF-8, whose links are followed.
Bytes read_given_file(FileSystem& disk, const std::string& path, std::uint64_t limit);
/// As read_file, empty where there is no such name.
std::optional<Bytes> read_file_if_there(FileSystem& disk, const Path& path, std::uint64_t limit);

/// Replaces a small file in one step: after a power cut the old or the new contents are there, and
/// the new ones for certain once the call has returned. Uses the name `path` + ".new" meanwhile.
void write_file_atomically(FileSystem& disk, const Path& path, ByteView bytes,
                           std::uint32_t mode = 0644);

/// Makes a folder and the missing ones above it.
void make_directories(FileSystem& disk, const Path& folder);
/// Removes a file or link, or a folder with all below it, never through a link. Nothing there:
/// fine.
void remove_tree(FileSystem& disk, const Path& path);
void remove_file_if_there(FileSystem& disk, const Path& path);

/// "app (pid 12), cat (pid 15)"; only the first of many. Empty for none.
std::string to_text(const std::vector<Holder>& holders);
/// The error with the fact "held by", where it is known who holds the file.
Error with_holders(Error error, FileSystem& disk, const Path& file);

/// Calls `take` with the whole contents, piece by piece.
void for_each_piece(const RandomReader& reader, const std::function<void(ByteView)>& take);

}  // namespace xppkg::fs
