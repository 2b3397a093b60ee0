#include "sample.hpp"

#include <algorithm>
#include <memory>

#include "fs/files.hpp"
#include "linked_programs.hpp"
#include "match/matcher.hpp"
#include "match/suffix_index.hpp"

namespace xppkg::delta {
namespace {

constexpr std::uint32_t kFunctions = 3000;

std::unique_ptr<Sample>& present() {
  static std::unique_ptr<Sample> sample;
  return sample;
}

test::Target target_for(Processor processor) {
  switch (processor) {
    case Processor::arm64:
      return test::Target::elf_arm64;
    case Processor::x86:
      return test::Target::elf_x86;
    default:
      return test::Target::elf_x86_64;
  }
}

std::vector<Operation> match(ByteView old_bytes, ByteView new_bytes) {
  return find_operations(SuffixIndex(old_bytes), new_bytes, {}, [](std::size_t) {});
}

const Section* code_of(const Program& program) {
  const auto is_code = [](const Section& section) { return section.is_code && section.size > 0; };
  const auto found = std::ranges::find_if(program.sections, is_code);
  return found == program.sections.end() ? nullptr : &*found;
}

Bytes read(const std::string& path) {
  const auto file = fs::native().open_read(fs::from_utf8(path));
  Bytes bytes(static_cast<std::size_t>(file->size()));
  file->read_at(0, bytes);
  return bytes;
}

}  // namespace

Sample::Sample(Bytes old_file, Bytes new_file)
    : old_bytes(std::move(old_file)),
      new_bytes(std::move(new_file)),
      pair{old_bytes, new_bytes, read_program(BufferReader(old_bytes)),
           read_program(BufferReader(new_bytes))},
      operations(match(old_bytes, new_bytes)),
      map(map_of(pair, operations)) {
  const BufferReader reader(old_bytes);
  const Modes modes = modes_of_sections(pair.old_program, old_bytes.size());
  OldProgram program(reader, map, modes);
  for (std::uint64_t i = 0; i * OldProgram::kChunk < old_bytes.size(); ++i) {
    const std::vector<Field>& fields = program.chunk(i).fields;
    references.insert(references.end(), fields.begin(), fields.end());
  }
  for (std::uint64_t place = 0; place + kFieldSize <= old_bytes.size(); place += kFieldSize) {
    const auto moved = program.mode(place) == Mode::code ? std::nullopt : map.moved(place);
    if (!moved || *moved + kFieldSize > new_bytes.size()) continue;
    words.push_back({{word_at(old_bytes, place), place, *moved}, word_at(new_bytes, *moved)});
  }
}

const Sample& sample() {
  if (!present()) {
    const test::Source source = test::make_source(1, kFunctions);
    const test::Target target = target_for(Processor::x86_64);
    present() = std::make_unique<Sample>(link(source, target), link(changed(source, 2), target));
  }
  return *present();
}

void use_programs(const std::string& old_path, const std::string& new_path) {
  present() = std::make_unique<Sample>(read(old_path), read(new_path));
}

Code code_for(Processor processor) {
  const Program& known = sample().pair.old_program;
  if (const Section* code = code_of(known); code != nullptr && known.processor == processor) {
    const ByteView bytes = ByteView(sample().old_bytes).subspan(code->offset, code->size);
    return {{bytes.begin(), bytes.end()}, code->address};
  }
  const Bytes file = link(test::make_source(1, kFunctions), target_for(processor));
  const Program program = read_program(BufferReader(file));
  const Section& code = *code_of(program);
  const ByteView bytes = ByteView(file).subspan(code.offset, code.size);
  return {{bytes.begin(), bytes.end()}, code.address};
}

}  // namespace xppkg::delta
