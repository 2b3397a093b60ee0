#include "model/old_program.hpp"

#include <algorithm>

namespace xppkg::delta {
namespace {

constexpr std::uint64_t kBlock = 1u << kModeBlockLog;

void find_references(Processor processor, ByteView code, std::uint64_t address, std::size_t from,
                     std::size_t to, std::vector<Reference>& out) {
  switch (processor) {
    case Processor::x86_64:
      return find_x86_64_references(code, address, from, to, out);
    case Processor::x86:
      return find_x86_references(code, address, from, to, out);
    case Processor::arm64:
      return find_arm64_references(code, address, from, to, out);
    case Processor::none:
      return;
  }
}

}  // namespace

std::uint64_t mode_runs(const Modes& modes) {
  std::uint64_t runs = modes.empty() ? 0 : 1;
  for (std::size_t i = 1; i < modes.size(); ++i) {
    if (modes[i] != modes[i - 1]) ++runs;
  }
  return runs;
}

OldProgram::OldProgram(const RandomReader& file, const AddressMap& map, const Modes& modes)
    : file_(file), map_(map), modes_(modes) {}

const OldProgram::Chunk& OldProgram::chunk(std::uint64_t number) {
  Chunk& chunk = kept_[static_cast<std::size_t>(number % kKept)];
  if (chunk.number != number) load(chunk, number);
  return chunk;
}

void OldProgram::load(Chunk& chunk, std::uint64_t number) {
  chunk.number = number;
  chunk.fields.clear();
  const std::uint64_t begin = number * kChunk;
  const std::uint64_t end = std::min(begin + kChunk, size());
  const std::uint64_t window_begin = begin - std::min(begin, kBefore);
  const std::uint64_t window_end = std::min(end + kAfter, size());
  window_.resize(static_cast<std::size_t>(window_end - window_begin));
  file_.read_at(window_begin, window_);
  const auto first = window_.begin() + static_cast<std::ptrdiff_t>(begin - window_begin);
  const std::uint64_t held = std::min(end + kFieldSize - 1, size()) - begin;
  chunk.bytes.assign(first, first + static_cast<std::ptrdiff_t>(held));

  for (std::uint64_t at = begin; at < end;) {
    const Mode present = mode(at);
    const std::uint64_t next = std::min(run_end(at, end), end);
    if (present == Mode::code) {
      scan_code(chunk, at, next, run_begin(at, window_begin), run_end(at, window_end));
    }
    if (present == Mode::data) scan_data(chunk, at, next);
    at = next;
  }
}

std::uint64_t OldProgram::run_begin(std::uint64_t place, std::uint64_t least) const {
  std::uint64_t begin = place / kBlock * kBlock;
  while (begin > least && mode(begin - 1) == mode(place)) begin -= kBlock;
  return std::max(begin, least);
}

std::uint64_t OldProgram::run_end(std::uint64_t place, std::uint64_t most) const {
  std::uint64_t end = (place / kBlock + 1) * kBlock;
  while (end < most && mode(end) == mode(place)) end += kBlock;
  return std::min(end, most);
}

void OldProgram::scan_code(Chunk& chunk, std::uint64_t begin, std::uint64_t end,
                           std::uint64_t run_begin, std::uint64_t run_end) {
  const std::uint64_t chunk_begin = chunk.number * kChunk;
  const std::uint64_t window_begin = chunk_begin - std::min(chunk_begin, kBefore);
  const ByteView code =
      ByteView(window_).subspan(static_cast<std::size_t>(run_begin - window_begin),
                                static_cast<std::size_t>(run_end - run_begin));
  found_.clear();
  if (map_.old_program().processor == Processor::arm64 && map_.old_address(run_begin) % 4 != 0) {
    return;
  }
  find_references(map_.old_program().processor, code, map_.old_address(run_begin),
                  static_cast<std::size_t>(begin - run_begin),
                  static_cast<std::size_t>(end - run_begin), found_);
  for (const Reference& reference : found_) {
    const std::uint64_t place = run_begin + reference.place;
    const bool is_free = chunk.fields.empty() || place >= chunk.fields.back().place + kFieldSize;
    // A field that begins past the chunk would have to be told by the next one, which does not see
    // this run if its mode differs.
    if (!is_free || place >= chunk_begin + kChunk || !map_.is_inside(reference.target)) continue;
    chunk.fields.push_back({place, reference.target, false, reference.kind, reference.extra});
  }
}

void OldProgram::scan_data(Chunk& chunk, std::uint64_t begin, std::uint64_t end) {
  // Aligned words; one that goes on into another run still belongs to this one.
  for (std::uint64_t place = begin; place < end && place + kFieldSize <= size();
       place += kFieldSize) {
    if (!chunk.fields.empty() && place < chunk.fields.back().place + kFieldSize) continue;
    chunk.fields.push_back({place, 0, true, {}, 0});
  }
}

}  // namespace xppkg::delta
