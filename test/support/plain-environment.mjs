/**
 * Jest's Node environment, with plain globals. Jest's own are a proxy behind an interceptor of Node, which each use of
 * `Math` or `Number` pays for: loops of the statistics ran twenty times slower than in Node.
 */
import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

export default class PlainEnvironment extends TestEnvironment {
  constructor(config, context) {
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(config, context);
    } finally {
      vm.createContext = createContext;
    }
  }
}
