// The main function of all programs of Boost.Test. (BOOST_TEST_MODULE would have to stand before the
// library's header, which is compiled beforehand.)
#include <boost/test/unit_test.hpp>

int main(int argc, char** argv) {
  return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
