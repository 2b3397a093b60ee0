#include "linked_programs.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include "base/digest.hpp"
#include "export_tries.hpp"
#include "program/frame_index.hpp"
#include "program/function_starts.hpp"
#include "program/program.hpp"
#include "programs.hpp"

namespace xppkg::test {
namespace {

constexpr std::uint64_t kPage = 0x1000;

bool is_arm(Target target) {
  return target == Target::pe_arm64 || target == Target::elf_arm64 || target == Target::macho_arm64;
}
bool is_narrow(Target target) {
  return target == Target::pe_x86 || target == Target::elf_x86;
}
bool is_pe(Target target) {
  return target == Target::pe_x86_64 || target == Target::pe_x86 || target == Target::pe_arm64;
}
bool is_macho(Target target) {
  return target == Target::macho_x86_64 || target == Target::macho_arm64;
}

std::uint64_t aligned(std::uint64_t size, std::uint64_t to) {
  return (size + to - 1) / to * to;
}

/// Writes code and data when all addresses are known, and before that to learn them.
class Linker {
 public:
  Linker(const Source& source, Target target) : source_(source), target_(target) {
    base_ = is_narrow(target) ? 0x400000 : is_macho(target) ? 0x100000000 : 0x140000000;
  }

  Bytes run() {
    write();
    write();  // now with the addresses that the first time gave
    return is_pe(target_) ? pe() : is_macho(target_) ? macho() : elf();
  }

 private:
  static constexpr std::uint64_t kTextOffset = kPage;

  void write() {
    text_.clear();
    data_.clear();
    relocations_.clear();
    for (const Source::Function& function : source_.functions) write_function(function);
    data_offset_ = kTextOffset + aligned(text_.size(), kPage);
    for (const Source::Function& function : source_.functions) {
      pointer(places_[function.number]);
      number(data_, is_pe(target_) ? places_[function.number] - base_ : function.number, 4);
      number(data_, function.size, 4);
    }
  }

  void write_function(const Source::Function& function) {
    while (text_.size() % 16 != 0) text_.push_back(is_arm(target_) ? 0 : 0xcc);
    places_[function.number] = address(text_.size());
    std::mt19937 random(function.number);
    for (std::uint32_t i = 0; i < function.size; ++i) {
      const auto value = static_cast<std::uint32_t>(random());
      const auto wanted = static_cast<std::uint32_t>(random() % (function.number + 1));
      const bool is_there = places_.contains(wanted);
      const std::uint32_t callee = is_there ? wanted : source_.functions.front().number;
      if (is_arm(target_))
        write_arm(value, callee);
      else
        write_x86(value, callee);
    }
    if (is_arm(target_))
      number(text_, 0xd65f03c0, 4);
    else
      text_.push_back(0xc3);
  }

  void write_x86(std::uint32_t value, std::uint32_t callee) {
    // mov eax, value; call callee; mov or lea of an address in data
    text_.push_back(0xb8);
    number(text_, value >> 16, 4);
    text_.push_back(0xe8);
    number(text_, places_[callee] - (address(text_.size()) + 4), 4);
    const std::uint64_t datum = data_address() + 8 * (value % 64);
    if (is_narrow(target_)) {
      text_.push_back(0xa1);
      relocations_.push_back({static_cast<std::uint32_t>(address(text_.size()) - base_), 3});
      number(text_, datum, 4);
    } else {
      for (const int byte : {0x48, 0x8d, 0x05}) text_.push_back(static_cast<std::uint8_t>(byte));
      number(text_, datum - (address(text_.size()) + 4), 4);
    }
  }

  void write_arm(std::uint32_t value, std::uint32_t callee) {
    number(text_, 0x52800000 | (value & 0xffff) << 5, 4);  // mov w0, value
    const std::uint64_t datum = data_address() + 8 * (value % 64);
    const std::uint64_t pages = (datum >> 12) - (address(text_.size()) >> 12);
    number(text_, 0x90000001 | (pages & 3) << 29 | (pages >> 2 & 0x7ffff) << 5, 4);  // adrp x1
    number(text_, 0x91000021 | (datum & 0xfff) << 10, 4);                            // add x1, x1
    const std::uint64_t words = (places_[callee] - address(text_.size())) >> 2;
    number(text_, 0x94000000 | (words & 0x3ffffff), 4);  // bl callee
  }

  void pointer(std::uint64_t target) {
    relocations_.push_back({static_cast<std::uint32_t>(data_address() + data_.size() - base_),
                            static_cast<std::uint8_t>(is_narrow(target_) ? 3 : 10)});
    number(data_, target, is_narrow(target_) ? 4 : 8);
  }

  static void number(Bytes& bytes, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
    }
  }

  [[nodiscard]] std::uint64_t address(std::uint64_t in_text) const {
    return base_ + kTextOffset + in_text;
  }
  [[nodiscard]] std::uint64_t data_address() const { return base_ + data_offset_; }

  void place(Bytes& file, std::uint64_t offset, ByteView bytes) const {
    std::ranges::copy(bytes, file.begin() + static_cast<std::ptrdiff_t>(offset));
  }

  Bytes pe() {
    const Bytes table = delta::write_relocations(relocations_);
    const std::uint64_t table_offset = data_offset_ + aligned(data_.size(), kPage);
    const auto section = [](std::uint64_t offset, const Bytes& bytes, std::uint32_t flags) {
      return RawPe::Section{static_cast<std::uint32_t>(bytes.size()),
                            static_cast<std::uint32_t>(offset),
                            static_cast<std::uint32_t>(aligned(bytes.size(), 512)),
                            static_cast<std::uint32_t>(offset), flags};
    };
    RawPe raw;
    raw.is_wide = !is_narrow(target_);
    raw.machine = is_arm(target_) ? 0xaa64 : is_narrow(target_) ? 0x14c : 0x8664;
    raw.image_base = base_;
    raw.sections = {section(kTextOffset, text_, 0x60000020),
                    section(data_offset_, data_, 0xc0000040),
                    section(table_offset, table, 0x42000040)};
    raw.directories[5] = {static_cast<std::uint32_t>(table_offset),
                          static_cast<std::uint32_t>(table.size())};
    raw.file_size = table_offset + aligned(table.size(), 512);
    Bytes file = raw.bytes();
    place(file, kTextOffset, text_);
    place(file, data_offset_, data_);
    place(file, table_offset, table);
    return file;
  }

  Bytes elf() {
    const std::uint64_t frames_offset = data_offset_ + aligned(data_.size(), kPage);
    Bytes frames;
    const Bytes index = elf_frame_index(base_ + frames_offset, frames);
    const std::uint64_t frames_end = frames_offset + index.size() + frames.size();
    Bytes names;
    const Bytes symbols = elf_symbols(names);
    const std::uint64_t symbols_offset = aligned(frames_end, 16);
    const Bytes moved = elf_relocations();
    const std::uint64_t moved_offset = symbols_offset + symbols.size();
    const std::uint64_t names_offset = moved_offset + moved.size();
    const std::uint64_t frames_size = frames_end - frames_offset;

    RawElf raw;
    raw.is_wide = !is_narrow(target_);
    raw.machine = is_arm(target_) ? 183 : is_narrow(target_) ? 3 : 62;
    raw.mappings = {
        {1, 4, 0, kPage, base_, kPage},
        {1, 5, kTextOffset, text_.size(), base_ + kTextOffset, text_.size()},
        {1, 6, data_offset_, data_.size(), data_address(), data_.size() + 512},
        {1, 4, frames_offset, frames_size, base_ + frames_offset, frames_size},
        {0x6474e550, 4, frames_offset, index.size(), base_ + frames_offset, index.size()}};
    raw.sections = {{0, 0, 0, 0},
                    {1, 6, kTextOffset, text_.size()},
                    {1, 3, data_offset_, data_.size()},
                    {2, 0, symbols_offset, symbols.size(), 4},
                    {3, 0, names_offset, names.size()},
                    {4, 0, moved_offset, moved.size(), 3}};
    raw.file_size = names_offset + aligned(names.size(), 16) + raw.sections.size() * 64;
    Bytes file = raw.bytes();
    place(file, kTextOffset, text_);
    place(file, data_offset_, data_);
    place(file, frames_offset, index);
    place(file, frames_offset + index.size(), frames);
    place(file, symbols_offset, symbols);
    place(file, moved_offset, moved);
    place(file, names_offset, names);
    return file;
  }

  /// The index of all functions' descriptions, which lie behind it.
  Bytes elf_frame_index(std::uint64_t address, Bytes& frames) {
    delta::FrameIndex index;
    index.frames = address + 12 + 8 * places_.size();
    for (const Source::Function& function : source_.functions) {
      const std::uint64_t code = places_[function.number];
      const std::uint64_t frame = index.frames + frames.size();
      index.entries.push_back({code, frame});
      number(frames, 12, 4);
      number(frames, function.number, 4);
      number(frames, code - (frame + 8), 4);
      number(frames, 16 * function.size, 4);
    }
    return delta::write_frame_index(index, address);
  }

  /// A relocation of each pointer in data: its place, and the number of its symbol.
  Bytes elf_relocations() {
    Bytes moved;
    if (is_narrow(target_)) return moved;
    std::uint64_t pointer = data_address();
    for (const Source::Function& function : source_.functions) {
      const auto symbol = std::distance(places_.begin(), places_.find(function.number));
      number(moved, pointer, 8);
      number(moved, 6, 4);
      number(moved, static_cast<std::uint64_t>(symbol) + 1, 4);
      number(moved, 0, 8);
      pointer += 16;
    }
    return moved;
  }

  /// A symbol for each function, in the order of their numbers; `names` get what they are called.
  Bytes elf_symbols(Bytes& names) {
    Bytes symbols(is_narrow(target_) ? 16 : 24);
    names = {0};
    const std::size_t word = is_narrow(target_) ? 4 : 8;
    for (const auto& [function, address] : places_) {
      number(symbols, names.size(), 4);
      if (!is_narrow(target_)) number(symbols, 0x10002, 4);
      number(symbols, address, word);
      number(symbols, function % 60, word);
      if (is_narrow(target_)) number(symbols, 0x10002, 4);
      for (const char letter : "function_" + std::to_string(function)) {
        names.push_back(static_cast<std::uint8_t>(letter));
      }
      names.push_back(0);
    }
    return symbols;
  }

  Bytes macho() {
    RawMacho raw;
    raw.processor = is_arm(target_) ? 0x0100000c : 0x01000007;
    const std::uint64_t data_size = aligned(data_.size(), kPage);
    const std::uint64_t starts_offset = data_offset_ + data_size;
    const Bytes starts = macho_function_starts();
    const std::uint64_t trie_offset = starts_offset + aligned(starts.size(), 8);
    const Bytes trie = macho_export_trie();
    const std::uint64_t signed_size = aligned(trie_offset + trie.size(), kPage);
    raw.mappings = {{base_,
                     data_offset_,
                     0,
                     data_offset_,
                     5,
                     {{text_.size(), static_cast<std::uint32_t>(kTextOffset), 0x80000400}}},
                    {data_address(), data_size, data_offset_, data_size, 3, {}}};
    raw.others = {table_command(0x26, starts_offset, starts.size()),
                  table_command(0x80000033, trie_offset, trie.size())};
    raw.signature = static_cast<std::uint32_t>(signed_size);
    raw.signed_size = raw.signature;
    raw.pages = static_cast<std::uint32_t>(signed_size / kPage);
    const std::uint64_t slots = signed_size + RawMacho::kDirectory + RawMacho::kSlots;
    raw.file_size = slots + 32 * raw.pages;
    Bytes file = raw.bytes();
    place(file, kTextOffset, text_);
    place(file, data_offset_, data_);
    place(file, starts_offset, starts);
    place(file, trie_offset, trie);
    for (std::uint64_t page = 0; page < raw.pages; ++page) {
      place(file, slots + 32 * page, sha256(ByteView(file).subspan(page * kPage, kPage)).bytes);
    }
    return file;
  }

  Bytes macho_function_starts() {
    std::vector<std::uint32_t> starts;
    for (const auto& [function, address] : places_) {
      starts.push_back(static_cast<std::uint32_t>(address - base_));
    }
    return delta::write_function_starts(starts, text_.size());
  }

  /// Every function is exported.
  Bytes macho_export_trie() {
    std::map<std::string, std::uint64_t> exports;
    for (const auto& [function, address] : places_) {
      exports["_function_" + std::to_string(function)] = address - base_;
    }
    return export_trie(exports);
  }

  const Source& source_;
  Target target_;
  std::uint64_t base_ = 0;
  std::uint64_t data_offset_ = 0;
  std::map<std::uint32_t, std::uint64_t> places_;
  Bytes text_;
  Bytes data_;
  std::vector<delta::Relocation> relocations_;
};

}  // namespace

Source make_source(std::uint32_t seed, std::uint32_t functions) {
  std::mt19937 random(seed);
  Source source;
  for (; source.next_number < functions; ++source.next_number) {
    source.functions.push_back({source.next_number, 1 + static_cast<std::uint32_t>(random() % 20)});
  }
  return source;
}

Source changed(Source source, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Source::Function>& functions = source.functions;
  for (int i = 0; i < 4; ++i) {
    const auto at = [&] {
      return functions.begin() + static_cast<std::ptrdiff_t>(random() % functions.size());
    };
    functions.erase(at());
    functions.insert(at(), {source.next_number++, 1 + static_cast<std::uint32_t>(random() % 20)});
    ++at()->size;
    const auto first = at();
    std::iter_swap(first, at());
  }
  return source;
}

Bytes link(const Source& source, Target target) {
  return Linker(source, target).run();
}

}  // namespace xppkg::test
