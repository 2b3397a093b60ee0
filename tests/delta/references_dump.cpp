#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string_view>

#include "code/references.hpp"
#include "delta/code/x86_instruction.hpp"

namespace xppkg::delta {
namespace {

Bytes read_stretch(const char* path, std::size_t offset, std::size_t size) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  Bytes bytes(size);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!file) throw std::runtime_error("the file is shorter than that");
  return bytes;
}

/// For every byte: how long an instruction that begins there would be, 0 for none.
template <X86Mode kMode>
void print_lengths(ByteView code) {
  for (std::size_t at = 0; at < code.size(); ++at) {
    std::cout << "length " << at << ' ' << decode_x86<kMode>(code.subspan(at)).length << '\n';
  }
}

void print_references(const std::vector<Reference>& references) {
  for (const Reference& reference : references) {
    std::cout << "reference " << reference.place << ' ' << static_cast<int>(reference.kind) << ' '
              << static_cast<int>(reference.extra) << ' ' << reference.target << '\n';
  }
}

int run(std::string_view processor, ByteView code, std::uint64_t address) {
  std::vector<Reference> references;
  if (processor == "x86-64") {
    print_lengths<X86Mode::bits_64>(code);
    find_x86_64_references(code, address, 0, code.size(), references);
  } else if (processor == "x86") {
    print_lengths<X86Mode::bits_32>(code);
    find_x86_references(code, address, 0, code.size(), references);
  } else if (processor == "arm64") {
    find_arm64_references(code, address, 0, code.size(), references);
  } else {
    return EXIT_FAILURE;
  }
  print_references(references);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace xppkg::delta

/// references-dump x86-64|x86|arm64 FILE OFFSET SIZE ADDRESS: what is found in a stretch of code.
int main(int count, char** arguments) {
  if (count != 6) return EXIT_FAILURE;
  const auto number = [&](int index) { return std::strtoull(arguments[index], nullptr, 0); };
  const xppkg::Bytes code = xppkg::delta::read_stretch(arguments[2], number(3), number(4));
  return xppkg::delta::run(arguments[1], code, number(5));
}
