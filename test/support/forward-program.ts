// The inner process of published ports, as the agent starts it.
import { runInnerForwarder } from '../../src/engine/linux/forward-inner.ts';

runInnerForwarder();
