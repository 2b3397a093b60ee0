#pragma once

#include <string>

#include "delta/search/pair_input.hpp"
#include "model/data_words.hpp"

namespace xppkg::delta {

/// Two releases of a program, and what the hot loops are run over.
struct Sample {
  Sample(Bytes old_file, Bytes new_file);
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;

  const Bytes old_bytes;
  const Bytes new_bytes;
  const PairInput pair;
  const std::vector<Operation> operations;  ///< found on the bytes alone
  const AddressMap map;                     ///< by these
  std::vector<Field> references;            ///< all of the old code
  struct Change {
    Hypotheses::Word word;
    std::uint32_t actual = 0;
  };
  std::vector<Change> words;  ///< of data that copies bring
};

/// The programs of `use_programs`, or else generated ones, which are 600 KiB large.
const Sample& sample();

/// Takes the place of the generated programs. Call it before `sample`. Throws what reading throws.
void use_programs(const std::string& old_path, const std::string& new_path);

/// Code for a processor: of the sample, if it is a program for that, else of a generated program.
struct Code {
  Bytes bytes;
  std::uint64_t address = 0;
};
Code code_for(Processor processor);

}  // namespace xppkg::delta
