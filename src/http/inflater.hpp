#pragma once

#include <zlib.h>

#include "response.hpp"

namespace xppkg::http {

/// Undoes gzip (also of several members) and deflate (with zlib's header, as the standard says, and
/// without, as some servers send it).
class Inflater {
 public:
  enum class Form { gzip, deflate };

  /// `most_input`: compressed bytes that are read at most.
  Inflater(Form form, std::uint64_t most_input);
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater();

  /// One or more decompressed bytes; 0 at its end. Throws Error{transport_encoding}, and
  /// Error{transport_truncated} where the body ends too early.
  std::size_t read(Body& body, MutableByteView out);

 private:
  bool fill(Body& body);
  void begin(Body& body);
  std::size_t pass_on(MutableByteView out);
  std::size_t inflate_some(MutableByteView out);

  Form form_;
  std::uint64_t input_left_;
  z_stream stream_{};
  Bytes input_;
  bool has_begun_ = false;
  bool is_plain_ = false;  // the header says gzip, the bytes do not
  bool is_whole_ = false;  // a member has ended, and no other has begun
};

}  // namespace xppkg::http
