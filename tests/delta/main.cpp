#define BOOST_TEST_MODULE delta
#include <boost/test/unit_test.hpp>
