#include "payloads.hpp"

#include <zstd.h>

#include <memory>

namespace xppkg::test {
namespace {

void require(bool fine, const char* reason) {
  if (!fine) throw Error(Code::internal, {{"reason", reason}});
}

std::vector<BufferReader> readers_of(const Files& files) {
  std::vector<BufferReader> readers;
  readers.reserve(files.size());
  for (const Bytes& file : files) readers.emplace_back(file);
  return readers;
}

std::vector<delta::Input> inputs_of(const std::vector<BufferReader>& readers) {
  std::vector<delta::Input> inputs;
  for (const BufferReader& reader : readers) {
    inputs.push_back({static_cast<std::uint32_t>(inputs.size()), &reader});
  }
  return inputs;
}

Blake2b tree_of(const char* name) {
  return blake2b(as_bytes(name));
}

void append_parts(ByteWriter& writer, const std::vector<delta::Part>& parts) {
  for (const delta::Part& part : parts) {
    writer.varint(part.file);
    writer.varint(part.size);
  }
}

Bytes segment_bytes(const RawSegment& segment) {
  ByteWriter writer;
  writer.u64(segment.output);
  for (std::size_t i = 0; i < segment.streams.size(); ++i) {
    writer.u64(segment.stated_lengths[i].value_or(segment.streams[i].size()));
  }
  for (const Bytes& stream : segment.streams) writer.raw(stream);
  return writer.take();
}

}  // namespace

void CollectingSink::begin(const delta::Part& part) {
  require(!open_, "a part begins within another");
  open_ = true;
  expected_ = part.size;
  files_.emplace_back();
}

void CollectingSink::write(ByteView bytes) {
  require(open_, "bytes outside a part");
  files_.back().insert(files_.back().end(), bytes.begin(), bytes.end());
}

void CollectingSink::end() {
  require(open_ && files_.back().size() == expected_, "a part of a wrong size");
  open_ = false;
}

Bytes make_delta(const Files& old_files, const Files& new_files, unsigned threads) {
  const auto old_readers = readers_of(old_files);
  const auto new_readers = readers_of(new_files);
  Observer observer;
  BufferSink sink;
  delta::encode_delta(tree_of("old"), inputs_of(old_readers), tree_of("new"),
                      inputs_of(new_readers), sink, {19, threads}, observer);
  return sink.take();
}

Bytes make_full(const Files& new_files, unsigned threads) {
  const auto new_readers = readers_of(new_files);
  Observer observer;
  BufferSink sink;
  delta::encode_full(tree_of("new"), inputs_of(new_readers), sink, {19, threads}, observer);
  return sink.take();
}

Files decode(ByteView payload, const Files& old_files, const delta::DecodeLimits& limits,
             unsigned threads) {
  const BufferReader reader(payload);
  delta::Decoder decoder(reader, limits);
  const auto readers = readers_of(old_files);
  std::vector<const RandomReader*> old_parts;
  for (const BufferReader& part : readers) old_parts.push_back(&part);
  CollectingSink sink;
  Observer observer;
  decoder.decode(old_parts, sink, observer, threads);
  return sink.files();
}

std::string_view decode_error(ByteView payload, const Files& old_files,
                              const delta::DecodeLimits& limits) {
  try {
    decode(payload, old_files, limits);
    return kFine;
  } catch (const Error& error) {
    return info(error.code()).id;
  }
}

Bytes noise(std::uint32_t seed, std::size_t size) {
  Bytes bytes(size);
  std::uint64_t state = seed;
  for (std::uint8_t& byte : bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<std::uint8_t>(state >> 56);
  }
  return bytes;
}

Bytes varints(std::initializer_list<std::uint64_t> numbers) {
  ByteWriter writer;
  for (const std::uint64_t number : numbers) writer.varint(number);
  return writer.take();
}

Bytes frame(ByteView content, int window_log, bool sized) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                     &ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, 3);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, window_log);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, sized ? 1 : 0);
  Bytes bytes(ZSTD_compressBound(content.size()) + 64);
  ZSTD_outBuffer out{bytes.data(), bytes.size(), 0};
  // In two calls, so that zstd cannot fit the window to the content.
  ZSTD_inBuffer in{content.data(), content.size(), 0};
  if (!sized) ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_continue);
  require(ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_end) == 0, "zstd failed");
  bytes.resize(out.pos);
  return bytes;
}

Bytes RawPayload::bytes() const {
  ByteWriter lists;
  append_parts(lists, old_parts);
  append_parts(lists, new_parts);
  lists.raw(after_parts);
  ByteWriter writer;
  writer.raw(magic);
  writer.u16(major);
  writer.u16(minor);
  writer.u32(stated_header_length.value_or(static_cast<std::uint32_t>(96 + lists.bytes().size())));
  writer.u64(memory);
  writer.raw(base_tree.bytes);
  writer.raw(tree.bytes);
  writer.u32(stated_old_count.value_or(static_cast<std::uint32_t>(old_parts.size())));
  writer.u32(stated_new_count.value_or(static_cast<std::uint32_t>(new_parts.size())));
  writer.raw(lists.bytes());
  for (const RawSegment& segment : segments) writer.raw(segment_bytes(segment));
  writer.raw(tail);
  return writer.take();
}

Example example() {
  Example made;
  made.old_files = {to_bytes("The quick brown fox jumps")};
  made.new_files = {to_bytes("A quick brown cat jumps!")};
  made.payload.base_tree = tree_of("old");
  made.payload.tree = tree_of("new");
  made.payload.old_parts = {{4, 25}};
  made.payload.new_parts = {{5, 24}};
  // "A", then 22 bytes from place 3 on, of which the 14th to 16th differ, then "!".
  constexpr std::uint64_t kFox = 'f' | 'o' << 8 | 'x' << 16;
  constexpr std::uint64_t kCat = 'c' | 'a' << 8 | 't' << 16;
  RawSegment segment;
  segment.output = 24;
  segment.streams = {frame(varints({1, 22, 2 * 3, 1, 0})), frame(varints({13})),
                     frame(varints({2 * (kFox - kCat) - 1})), frame(to_bytes("A!"))};
  made.payload.segments = {segment};
  return made;
}

}  // namespace xppkg::test
