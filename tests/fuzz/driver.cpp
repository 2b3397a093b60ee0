// Runs a fuzz target where there is no engine: a fixed number of mutations of given files, the same
// ones each time. A target that ends the process, or a sanitizer, makes the run fail.
//   driver COUNT FILE...

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

Input read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::cerr << "cannot read " << path << '\n';
    std::exit(EXIT_FAILURE);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Changes inputs in the ways that parsers fear. No standard distribution is used, because those
/// differ between libraries.
class Mutator {
 public:
  Input mutate(const Input& seed) {
    Input input = seed;
    for (std::uint32_t rounds = 1 + below(4); rounds > 0; --rounds) change(input);
    return input;
  }

  std::uint32_t below(std::size_t limit) {
    return limit == 0 ? 0 : static_cast<std::uint32_t>(random_() % limit);
  }

 private:
  void change(Input& input) {
    const std::size_t at = below(input.size());
    switch (below(6)) {
      case 0:  // one bit
        if (!input.empty()) input[at] = static_cast<std::uint8_t>(input[at] ^ (1u << below(8)));
        break;
      case 1:  // an extreme number of one, two, four or eight bytes
        fill(input, at, std::size_t{1} << below(4), kExtremes[below(std::size(kExtremes))]);
        break;
      case 2:  // one random byte
        fill(input, at, 1, static_cast<std::uint8_t>(below(256)));
        break;
      case 3:
        input.resize(at);
        break;
      case 4:  // some bytes twice
        repeat(input, at, below(std::min<std::size_t>(64, input.size() - at)));
        break;
      default:  // some bytes less
        input.erase(begin_at(input, at),
                    begin_at(input, at + below(std::min<std::size_t>(16, input.size() - at))));
    }
  }

  static Input::iterator begin_at(Input& input, std::size_t at) {
    return input.begin() + static_cast<std::ptrdiff_t>(at);
  }

  static void fill(Input& input, std::size_t at, std::size_t size, std::uint8_t value) {
    std::fill(begin_at(input, at), begin_at(input, std::min(at + size, input.size())), value);
  }

  static void repeat(Input& input, std::size_t at, std::size_t size) {
    const Input piece(begin_at(input, at), begin_at(input, at + size));
    input.insert(begin_at(input, at), piece.begin(), piece.end());
  }

  static constexpr std::uint8_t kExtremes[] = {0x00, 0xff, 0x7f, 0x80, 0x01};
  std::mt19937 random_{1};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: driver COUNT FILE...\n";
    return EXIT_FAILURE;
  }
  std::vector<Input> seeds;
  for (int i = 2; i < argc; ++i) seeds.push_back(read_file(argv[i]));
  for (const Input& seed : seeds) LLVMFuzzerTestOneInput(seed.data(), seed.size());
  Mutator mutator;
  for (long count = std::stol(argv[1]); count > 0; --count) {
    const Input input = mutator.mutate(seeds[mutator.below(seeds.size())]);
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  return EXIT_SUCCESS;
}
