// Writes two versions of a program for each target, as linked_programs makes them: for tests that
// see no more than files.
//
// linked-programs-dump FOLDER SEED FUNCTIONS
#include <cstdlib>
#include <fstream>
#include <string>

#include "linked_programs.hpp"

namespace {

using xppkg::Bytes;
using xppkg::test::Source;
using xppkg::test::Target;

const char* name_of(Target target) {
  switch (target) {
    case Target::pe_x86_64:
      return "pe-x86-64";
    case Target::pe_x86:
      return "pe-x86";
    case Target::pe_arm64:
      return "pe-arm64";
    case Target::elf_x86_64:
      return "elf-x86-64";
    case Target::elf_x86:
      return "elf-x86";
    case Target::elf_arm64:
      return "elf-arm64";
    case Target::macho_x86_64:
      return "macho-x86-64";
    case Target::macho_arm64:
      return "macho-arm64";
  }
  return "";
}

bool write(const std::string& place, const Bytes& bytes) {
  std::ofstream file(place, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return file.good();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string folder = argv[1];
  const auto seed = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10));
  const auto functions = static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 10));
  const Source before = xppkg::test::make_source(seed, functions);
  const Source after = xppkg::test::changed(before, seed + 1);
  for (const Target target : xppkg::test::kTargets) {
    const std::string name = folder + "/" + name_of(target);
    if (!write(name + ".old", xppkg::test::link(before, target)) ||
        !write(name + ".new", xppkg::test::link(after, target))) {
      return 1;
    }
  }
  return 0;
}
